/** The document behind a number, scrolled to the passage and marked. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SquareArrowOutUpRight } from "lucide-react";
import { place } from "@/shared/format";
import { textQuery } from "@/shared/queries";
import { Reader } from "@/shared/reader/reader";
import type { Citation, DocText } from "@/shared/types";
import { Panel } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import type { Turn } from "./turn";
import type { OpenSource } from "./use-source";

interface SourcePanelProps {
  source: OpenSource;
  turns: Turn[];
  onClose: () => void;
}

function citationAt(turns: Turn[], source: OpenSource): Citation | undefined {
  return turns
    .flatMap((turn) => turn.sentences)
    .flatMap((sentence) => sentence.citations)
    .find(
      ({ document_id, start, end }) => document_id === source.d && start === source.s && end === source.e,
    );
}

/** Where the passage itself stands: the chunk that held it may begin a page earlier. */
function placeIn(document: DocText, start: number): string {
  const block = document.blocks.find((candidate) => candidate.end > start);
  return place(block?.page, block?.heading_path, document.title);
}

export function SourcePanel({ source, turns, onClose }: SourcePanelProps) {
  const text = useQuery(textQuery(source.c, source.d, source.v));
  const citation = citationAt(turns, source);
  const where = text.data
    ? placeIn(text.data, source.s)
    : place(citation?.page, citation?.heading_path, citation?.title);
  const version = source.v ?? text.data?.version;
  const details = [
    where,
    version === undefined ? "" : `version ${version}`,
    citation ? `support ${citation.support.toFixed(2)}` : "",
  ].filter(Boolean);
  return (
    <Panel
      title={text.data?.title ?? citation?.title ?? "Source"}
      subtitle={details.join(" · ")}
      onClose={onClose}
      tools={
        <Link
          to="/knowledge/$collection/$document"
          params={{ collection: source.c, document: source.d }}
          search={source.v === undefined ? {} : { version: source.v }}
          className="button-quiet"
          aria-label="Open the document's page"
          title="Open the document's page"
        >
          <SquareArrowOutUpRight aria-hidden className="size-4" />
        </Link>
      }
    >
      {text.isPending && <Skeleton lines={8} label="Loading the document" />}
      {text.error && (
        <Failure
          what="The document could not be opened. It may have been deleted since."
          error={text.error}
          onRetry={() => void text.refetch()}
        >
          {citation && (
            <blockquote className="mt-3 border-l-2 border-mark-line pl-3">{citation.quote}</blockquote>
          )}
        </Failure>
      )}
      {text.data && <Reader document={text.data} mark={{ start: source.s, end: source.e }} />}
    </Panel>
  );
}
