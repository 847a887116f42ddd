/** Files of this visit: how far they are, and what became of each. */
import { CircleCheck, CircleX } from "lucide-react";
import { bytes, duration } from "@/shared/format";
import { useStore } from "@/shared/store";
import { Bar } from "@/shared/ui/states";
import { clearDone, isBusy, retry, secondsLeft, type Upload, type UploadState, uploads } from "./uploads";

const WORDS: Record<UploadState, string> = {
  waiting: "Waiting",
  sending: "Sending",
  reading: "Reading the text",
  added: "Added",
  updated: "Updated to a new version",
  unchanged: "Already here, unchanged",
  failed: "Not added",
};

/** A folder may bring thousands: those that failed and those at work are always among the ones shown. */
const SHOWN = 60;
/** With more files than this one bar for all says more than one for each. */
const OWN_BARS = 5;

function urgency(upload: Upload): number {
  if (upload.state === "failed") return 0;
  if (upload.state === "sending" || upload.state === "reading") return 1;
  return isBusy(upload) ? 3 : 2;
}

function summary(mine: Upload[]): string {
  const busy = mine.filter(isBusy).length;
  const failed = mine.filter(({ state }) => state === "failed").length;
  const left = secondsLeft(mine);
  const parts = [`${mine.length - busy} of ${mine.length} done`];
  if (failed > 0) parts.push(`${failed} not added`);
  if (left !== null) parts.push(`${duration(left)} left`);
  return parts.join(", ");
}

export function UploadList({ collection }: { collection: string }) {
  const mine = useStore(uploads).filter((upload) => upload.collection === collection);
  if (mine.length === 0) return null;
  const busy = mine.filter(isBusy).length;
  const shown = mine.toSorted((a, b) => urgency(a) - urgency(b)).slice(0, SHOWN);
  return (
    <section aria-label="Uploads" className="mt-4 rounded-xl border border-line">
      <div className="flex min-h-11 items-center justify-between gap-4 border-b border-line px-4 text-sm">
        <span role="status" className="tabular-nums">
          {summary(mine)}
        </span>
        {busy < mine.length && (
          <button type="button" className="button-quiet" onClick={() => clearDone(collection)}>
            Clear
          </button>
        )}
      </div>
      {mine.length > OWN_BARS && busy > 0 && (
        <div className="px-4 pt-3 pb-1">
          <Bar value={mine.length - busy} total={mine.length} label="Files done" />
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard */}
      <ul tabIndex={0} className="max-h-72 divide-y divide-line overflow-y-auto">
        {shown.map((upload) => (
          <Row key={upload.id} upload={upload} bar={mine.length <= OWN_BARS} />
        ))}
      </ul>
      {mine.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-xs text-muted">
          and {(mine.length - SHOWN).toLocaleString("en")} more
        </p>
      )}
    </section>
  );
}

function Row({ upload, bar }: { upload: Upload; bar: boolean }) {
  const { id, name, size, state, sent, error } = upload;
  const share = state === "sending" ? ` ${Math.round(sent * 100)} %` : "";
  return (
    <li data-upload={state} className="px-4 py-2 text-sm">
      <div className="flex flex-wrap items-center gap-x-3">
        {state === "failed" && <CircleX aria-hidden className="size-4 shrink-0 text-bad" />}
        {!isBusy(upload) && state !== "failed" && (
          <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
        )}
        {isBusy(upload) && (
          <span aria-hidden className="flex size-4 shrink-0 items-center justify-center">
            <span
              className={`size-2 rounded-full ${state === "waiting" ? "bg-line" : "pulse-dot bg-accent"}`}
            />
          </span>
        )}
        <span className="min-w-0 flex-1 truncate max-md:basis-3/4" title={name}>
          {name}
        </span>
        <span
          className={`shrink-0 tabular-nums max-md:pl-7 ${state === "failed" ? "text-bad" : "text-muted"}`}
        >
          {WORDS[state]}
          {share || ` · ${bytes(size)}`}
        </span>
        {state === "failed" && (
          <button type="button" className="button-quiet" onClick={() => retry(id)}>
            Try again
          </button>
        )}
      </div>
      {error && <p className="mt-0.5 pl-7 break-words text-muted">{error}</p>}
      {bar && (state === "sending" || state === "reading") && (
        <div className="mt-1.5">
          <Bar value={state === "reading" ? 1 : sent} total={1} label={`${name} sent`} />
        </div>
      )}
    </li>
  );
}
