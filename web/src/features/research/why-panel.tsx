/** Why a sentence stands in a report: back over its places and searches to the question, and who wrote it. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Braces } from "lucide-react";
import { type ReactNode, useState } from "react";
import { milliseconds, place as placeWords, usd } from "@/shared/format";
import type { WhySentence } from "@/shared/research-types";
import { Panel } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { told } from "./progress";
import { whyQuery } from "./queries";
import { placeOf } from "./report";

interface WhyPanelProps {
  run: string;
  section: string;
  sentence: number;
  onClose: () => void;
}

export function WhyPanel({ run, section, sentence, onClose }: WhyPanelProps) {
  const found = useQuery(whyQuery(run, section, sentence));
  const [raw, setRaw] = useState(false);
  return (
    <Panel
      title="Why this sentence"
      subtitle={found.data?.kind === "synthesis" ? "the writer’s own words" : ""}
      onClose={onClose}
      tools={
        found.data && (
          <button type="button" className="button-quiet" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            <Braces aria-hidden className="size-4" /> JSON
          </button>
        )
      }
    >
      {found.isPending && <Skeleton lines={8} label="Loading why" />}
      {found.error && (
        <Failure what="Why could not be told." error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.data && raw && (
        <pre className="overflow-x-auto font-mono text-xs leading-normal whitespace-pre-wrap">
          {JSON.stringify(found.data, null, 2)}
        </pre>
      )}
      {found.data && !raw && <Way why={found.data} />}
    </Panel>
  );
}

function Way({ why }: { why: WhySentence }) {
  const happened = told(why.events);
  return (
    <div className="space-y-6 text-sm">
      <blockquote dir="auto" className="border-l-2 border-accent pl-3 text-[15px]">
        {why.text}
      </blockquote>
      <Part title="It stands on">
        {why.steps.length === 0 && (
          <p className="text-muted">Nothing: it states nothing that needs a source.</p>
        )}
        <ul className="space-y-4">
          {why.steps.map((step, at) => (
            <Place key={at} step={step} />
          ))}
        </ul>
      </Part>
      <Part title="Written by">
        {why.written_by ? (
          <WrittenBy by={why.written_by} />
        ) : (
          <p className="text-muted">No record of the call is left.</p>
        )}
      </Part>
      {happened.length > 0 && (
        <Part title="What became of its section">
          <ol className="space-y-1 text-muted">
            {happened.map(({ event, title, detail }) => (
              <li key={event.number}>
                <span className="capitalize">{event.agent}</span>: {title}
                {detail && `, ${detail}`}
              </li>
            ))}
          </ol>
        </Part>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="eyebrow">{title}</h3>
      <div className="mt-1.5">{children}</div>
    </section>
  );
}

function Place({ step }: { step: WhySentence["steps"][number] }) {
  const { evidence, found_by } = step;
  const navigate = useNavigate();
  const where = placeWords(evidence.page, evidence.headings, evidence.title);
  const open = () =>
    void navigate({
      to: ".",
      search: (before) => ({
        ...before,
        why: undefined,
        place: placeOf({ evidence: evidence.id, start: step.start, end: step.end }),
      }),
    });
  return (
    <li>
      <button
        type="button"
        className="w-full rounded-lg border border-line bg-page px-3 py-2 text-left hover:bg-hover"
        onClick={open}
      >
        <span dir="auto" className="block text-xs text-muted">
          <span className="font-semibold text-accent">{step.number}</span> {evidence.title}
          {where && ` · ${where}`}
        </span>
        <span dir="auto" className="mt-1 block">
          “{step.quote}”
        </span>
        <span className="mt-1 block text-xs text-faint tabular-nums">
          support {step.support.toFixed(2)}, characters {step.start.toLocaleString("en")} to{" "}
          {step.end.toLocaleString("en")}
        </span>
      </button>
      {found_by.map(({ event, question, sources, ms }) => (
        <p key={event} className="mt-1.5 pl-3 text-muted">
          found for “{question}” in {sources.join(", ")}{" "}
          <span className="text-xs text-faint tabular-nums">{milliseconds(ms)}</span>
        </p>
      ))}
    </li>
  );
}

function WrittenBy({ by }: { by: NonNullable<WhySentence["written_by"]> }) {
  const rows: [string, string][] = [
    ["Agent", by.agent],
    ["Model", by.model],
    ["Tokens", by.tokens.toLocaleString("en")],
    ["Cost", by.usd === null ? "not known" : usd(by.usd)],
    ["Time", milliseconds(by.ms)],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
