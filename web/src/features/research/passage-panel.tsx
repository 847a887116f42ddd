/** The passage behind a number in its stored text, marked; where it is from, and which question found it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SquareArrowOutUpRight } from "lucide-react";
import { place as placeWords } from "@/shared/format";
import { textQuery } from "@/shared/queries";
import { Reader } from "@/shared/reader/reader";
import type { Evidence } from "@/shared/research-types";
import { Panel } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { evidenceQuery } from "./queries";
import type { OpenPlace } from "./report";

interface PassagePanelProps {
  run: string;
  place: OpenPlace;
  onClose: () => void;
}

export function PassagePanel({ run, place, onClose }: PassagePanelProps) {
  const found = useQuery(evidenceQuery(run, place.e));
  const evidence = found.data;
  const where = evidence ? placeWords(evidence.page, evidence.headings, evidence.title) : "";
  return (
    <Panel
      title={evidence?.title ?? "Source"}
      subtitle={[where, evidence?.date].filter(Boolean).join(" · ")}
      onClose={onClose}
      tools={evidence && <OpenElsewhere evidence={evidence} />}
    >
      {found.isPending && <Skeleton lines={8} label="Loading the passage" />}
      {found.error && (
        <Failure
          what="The passage could not be opened."
          error={found.error}
          onRetry={() => void found.refetch()}
        />
      )}
      {evidence && <Passage evidence={evidence} place={place} />}
    </Panel>
  );
}

function OpenElsewhere({ evidence: { collection, document_id, version, address } }: { evidence: Evidence }) {
  const icon = <SquareArrowOutUpRight aria-hidden className="size-4" />;
  if (collection !== null)
    return (
      <Link
        to="/knowledge/$collection/$document"
        params={{ collection, document: document_id }}
        search={{ version }}
        className="button-quiet"
        aria-label="Open the document's page"
        title="Open the document's page"
      >
        {icon}
      </Link>
    );
  if (!/^https?:\/\//.test(address)) return null;
  return (
    <a
      href={address}
      target="_blank"
      rel="noreferrer noopener"
      className="button-quiet"
      aria-label="Open the page as it is now"
      title="Open the page as it is now"
    >
      {icon}
    </a>
  );
}

function Passage({ evidence, place }: { evidence: Evidence; place: OpenPlace }) {
  const { collection, document_id, version, context } = evidence;
  // A document of ours is shown whole and in its structure; of a page there is the text around the passage.
  const whole = useQuery({
    ...textQuery(collection ?? "", document_id, version),
    enabled: collection !== null,
  });
  if (collection !== null && whole.isPending) return <Skeleton lines={8} label="Loading the document" />;
  const shown = whole.data ?? {
    document_id,
    version,
    title: evidence.title,
    text: context?.text ?? evidence.text,
    blocks: [],
  };
  const from = whole.data ? 0 : (context?.start ?? evidence.start);
  return (
    <>
      {!context && (
        <p className="mb-3 text-sm text-warn">
          The stored text is gone, or no longer open to you. This is the passage as it was found.
        </p>
      )}
      <FoundBy evidence={evidence} />
      <Reader document={shown} mark={{ start: place.s - from, end: place.f - from }} />
    </>
  );
}

function FoundBy({ evidence: { found_by } }: { evidence: Evidence }) {
  const questions = [...new Set(found_by.map(({ question }) => question))];
  if (questions.length === 0) return null;
  return (
    <details className="mb-4 border-b border-line pb-3 text-sm text-muted">
      <summary className="hover:text-ink">Found for</summary>
      <ul className="mt-1 space-y-0.5 pl-4">
        {questions.map((question) => (
          <li key={question} dir="auto">
            “{question}”
          </li>
        ))}
      </ul>
    </details>
  );
}
