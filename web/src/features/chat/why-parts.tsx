/** The smaller parts of the why panel. */
import { confidenceWord, milliseconds, plural } from "@/shared/format";
import type { Trace } from "@/shared/types";
import { byReason, featureWord, stepWord } from "./trace";

function figure(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function short(detail: unknown): string {
  if (detail === undefined || detail === null) return "";
  if (typeof detail !== "object") return String(detail);
  return Object.entries(detail)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${figure(value)}`)
    .join(", ");
}

export function Steps({ steps }: { steps: NonNullable<Trace["steps"]> }) {
  const longest = Math.max(...steps.map(({ ms }) => ms ?? 0), 0.001);
  return (
    <ol className="border-l border-line">
      {steps.map(({ name, ms, detail }, index) => (
        <li key={index} className="relative pb-2.5 pl-4 last:pb-0">
          <span aria-hidden className="absolute top-1.5 -left-[4.5px] size-2 rounded-full bg-line-strong" />
          <div className="flex items-baseline justify-between gap-4">
            <span className="font-medium" title={name}>
              {stepWord(name)}
            </span>
            <span className="shrink-0 text-xs text-muted tabular-nums">{milliseconds(ms)}</span>
          </div>
          <div
            aria-hidden
            className="mt-1 h-0.5 rounded bg-accent"
            style={{ width: `${Math.max(0.5, ((ms ?? 0) / longest) * 100)}%` }}
          />
          {short(detail) && <p className="mt-0.5 text-xs break-words text-muted">{short(detail)}</p>}
        </li>
      ))}
    </ol>
  );
}

export function Figures({ confidence }: { confidence: NonNullable<Trace["confidence"]> }) {
  const { value, threshold, features = {} } = confidence;
  return (
    <>
      {value !== undefined && (
        <p>
          <strong>{confidenceWord(value)}</strong>, {value.toFixed(2)}
          {threshold !== undefined && (
            <span className="text-muted"> · answers are given from {threshold.toFixed(2)} up</span>
          )}
        </p>
      )}
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
        {Object.entries(features).map(([name, figure]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{featureWord(name)}</dt>
            <dd className="text-right tabular-nums">
              {typeof figure === "number" ? figure.toFixed(3) : String(figure)}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

interface ReadProps {
  context: NonNullable<Trace["context"]>;
  titles: Map<string, string>;
  /** Passage number → its number in the answer. */
  cited: Map<number, number>;
}

export function Read({ context, titles, cited }: ReadProps) {
  return (
    <ol className="space-y-1">
      {context.map(({ number, chunk_id, tokens }) => (
        <li key={number} className="flex items-baseline gap-3">
          <span className="w-5 shrink-0 text-right text-faint tabular-nums">{number}</span>
          <span className="min-w-0 flex-1 truncate" title={`chunk ${chunk_id}`}>
            {titles.get(String(chunk_id)) ?? `chunk ${chunk_id}`}
          </span>
          {cited.has(number) && (
            <span className="shrink-0 text-xs font-medium text-accent">source {cited.get(number)}</span>
          )}
          {tokens !== undefined && (
            <span className="shrink-0 text-xs text-muted">{plural(tokens, "token")}</span>
          )}
        </li>
      ))}
    </ol>
  );
}

interface DroppedProps {
  dropped: NonNullable<Trace["dropped"]>;
  titles: Map<string, string>;
}

/** Few are listed, many are folded: nobody reads twenty titles with the same reason. */
const UNFOLDED = 4;

export function Dropped({ dropped, titles }: DroppedProps) {
  return (
    <div className="space-y-2">
      {[...byReason(dropped)].map(([reason, chunks]) => (
        <details key={reason} open={chunks.length <= UNFOLDED}>
          <summary className="min-h-8 py-1 text-muted">
            {reason.replaceAll("_", " ")} · {plural(chunks.length, "passage")}
          </summary>
          <ul className="mt-1 space-y-1 pl-4">
            {chunks.map(({ chunk_id, title }) => (
              <li key={chunk_id} className="truncate" title={`chunk ${chunk_id}`}>
                {title ?? titles.get(String(chunk_id)) ?? `chunk ${chunk_id}`}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}

export function DroppedSentences({ sentences }: { sentences: NonNullable<Trace["dropped_sentences"]> }) {
  return (
    <ul className="space-y-2">
      {sentences.map(({ text, reason }, index) => (
        <li key={index}>
          <p className="text-muted line-through decoration-line-strong">{text}</p>
          <p className="text-xs text-bad">{reason.replaceAll("_", " ")}</p>
        </li>
      ))}
    </ul>
  );
}
