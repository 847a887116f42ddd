/** What each agent does, as it happens: every finding with its source. */
import { Gavel } from "lucide-react";
import { clock, exactly, plural } from "@/shared/format";
import type { RunEvent } from "@/shared/research-types";
import { isComparison, type Told, told } from "./progress";
import { hasOwnIcon, iconOf } from "./team";

const SHOWN = 4;

export function Timeline({ events }: { events: RunEvent[] }) {
  return (
    <ol aria-label="What happened" className="relative">
      {told(events).map((one) => (
        <Entry key={one.event.number} told={one} />
      ))}
    </ol>
  );
}

function Entry({ told: { event, title, detail, list } }: { told: Told }) {
  const { agent, data, at } = event;
  const Icon = agent === "person" || agent === "" ? Gavel : iconOf(agent);
  const bad = event.kind === "failed" || event.kind === "budget_spent";
  return (
    <li className="group relative flex gap-3 pb-4 last:pb-0">
      <span aria-hidden className="absolute top-7 bottom-0 left-[13px] w-px bg-line group-last:hidden" />
      <span
        className={`mt-0.5 flex size-7 shrink-0 items-center justify-center rounded-full border ${agent === "person" ? "border-mark-line bg-mark" : bad ? "border-bad bg-bad-soft text-bad" : "border-line bg-raised text-muted"}`}
      >
        <Icon aria-hidden className="size-3.5" />
      </span>
      <div className="min-w-0 flex-1 pt-1 text-sm">
        <p className="flex gap-3">
          <span dir="auto" className="min-w-0 flex-1 break-words">
            <span className={hasOwnIcon(agent) ? "sr-only" : "text-muted capitalize"}>
              {agent || "program"}:{" "}
            </span>
            {title}
          </span>
          <time
            className="shrink-0 text-xs leading-6 text-faint tabular-nums max-sm:hidden"
            dateTime={at}
            title={exactly(at)}
          >
            {clock(at)}
          </time>
        </p>
        {detail && <p className={`mt-0.5 break-words ${bad ? "text-bad" : "text-muted"}`}>{detail}</p>}
        {isComparison(event) ? (
          <details className="mt-0.5 text-muted">
            <summary className="hover:text-ink">Which ones</summary>
            <Lines list={list} />
          </details>
        ) : (
          <>
            <Found data={data} />
            <Lines list={list} />
          </>
        )}
        {data.failed?.map(([source, why]) => (
          <p key={source} className="mt-1 text-warn">
            {source} failed: {why}
          </p>
        ))}
        {(data.cut?.length ?? 0) > 0 && <Cut cut={data.cut ?? []} />}
      </div>
    </li>
  );
}

function Found({ data }: Pick<RunEvent, "data">) {
  const { documents } = data;
  if (!documents) return null;
  if (documents.length === 0) return <p className="mt-0.5 text-muted">Nothing that fits it</p>;
  const more = documents.length - SHOWN;
  return (
    <ul className="mt-1 space-y-0.5 text-muted">
      {documents.slice(0, SHOWN).map(({ title, address, passages }) => (
        <li key={`${title} ${address}`} className="flex gap-2" title={address}>
          <span dir="auto" className="truncate">
            {title}
          </span>
          <span className="shrink-0 text-xs leading-6 text-faint tabular-nums">
            {plural(passages, "passage")}
          </span>
        </li>
      ))}
      {more > 0 && <li className="text-xs text-faint">and {plural(more, "more source")}</li>}
    </ul>
  );
}

function Lines({ list }: { list: string[] }) {
  if (list.length === 0) return null;
  return (
    <ol className="mt-1 list-decimal space-y-0.5 pl-5 text-muted">
      {list.map((one, at) => (
        <li key={at} dir="auto">
          {one}
        </li>
      ))}
    </ol>
  );
}

function Cut({ cut }: { cut: { text: string; reason: string }[] }) {
  return (
    <details className="mt-1 text-muted">
      <summary className="hover:text-ink">{plural(cut.length, "sentence")} cut: no source says it</summary>
      <ul className="mt-1 list-disc space-y-1 pl-5">
        {cut.map(({ text, reason }, at) => (
          <li key={at} dir="auto" className="break-words">
            {text} <span className="text-xs text-faint">({reason})</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
