/** Files of this visit: how far they are, and what became of each. */
import { CircleCheck, CircleX } from "lucide-react";
import { bytes } from "@/shared/format";
import { useStore } from "@/shared/store";
import { Bar } from "@/shared/ui/states";
import { clearDone, isBusy, retry, type Upload, type UploadState, uploads } from "./uploads";

const WORDS: Record<UploadState, string> = {
  waiting: "Waiting",
  sending: "Sending",
  reading: "Reading the text",
  added: "Added",
  updated: "Updated to a new version",
  unchanged: "Already here, unchanged",
  failed: "Not added",
};

export function UploadList({ collection }: { collection: string }) {
  const mine = useStore(uploads).filter((upload) => upload.collection === collection);
  if (mine.length === 0) return null;
  const busy = mine.filter(isBusy).length;
  return (
    <section aria-label="Uploads" className="mt-4 rounded-xl border border-line">
      <div className="flex min-h-11 items-center justify-between border-b border-line px-4 text-sm">
        <span role="status">
          {busy > 0
            ? `${mine.length - busy} of ${mine.length} done`
            : `${mine.length} of ${mine.length} done`}
        </span>
        {busy < mine.length && (
          <button type="button" className="button-quiet" onClick={() => clearDone(collection)}>
            Clear
          </button>
        )}
      </div>
      <ul className="max-h-72 divide-y divide-line overflow-y-auto">
        {mine.map((upload) => (
          <Row key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function Row({ upload }: { upload: Upload }) {
  const { id, name, size, state, sent, error } = upload;
  const share = state === "sending" ? ` ${Math.round(sent * 100)} %` : "";
  return (
    <li data-upload={state} className="px-4 py-2 text-sm">
      <div className="flex flex-wrap items-center gap-x-3">
        {state === "failed" && <CircleX aria-hidden className="size-4 shrink-0 text-bad" />}
        {!isBusy(upload) && state !== "failed" && (
          <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
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
      {error && <p className="mt-0.5 pl-7 text-muted">{error}</p>}
      {isBusy(upload) && (
        <div className="mt-1.5">
          <Bar value={state === "reading" ? 1 : sent} total={1} label={`${name} sent`} />
        </div>
      )}
    </li>
  );
}
