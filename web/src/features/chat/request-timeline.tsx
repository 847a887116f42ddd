/** What happened to the request, step by step: cache, routes, tools, and what it came to. */
import { milliseconds, plural, usd } from "@/shared/format";
import type { RequestEvent } from "@/shared/types";
import { modelName } from "./model-name";
import { hitOf, measured } from "./request";
import type { Turn } from "./turn";

export function RequestTimeline({ turn }: { turn: Turn }) {
  return (
    <ol className="border-l border-line">
      {turn.events.map((event, index) => (
        <Entry key={index} event={event} cached={hitOf(turn) !== undefined} />
      ))}
    </ol>
  );
}

function Entry({ event, cached }: { event: RequestEvent; cached: boolean }) {
  switch (event.type) {
    case "cache_hit":
      return (
        <Item title="Found in the cache" figure={event.kind === "exact" ? "same question" : "same meaning"}>
          {event.kind === "semantic" && `likeness ${event.similarity.toFixed(3)}`}
        </Item>
      );
    case "routed":
      return (
        <Item
          title={`${event.fallbacks ? "Fell back" : "Sent"} to ${modelName(event.model)}`}
          figure={event.degraded ? "last resort" : ""}
          tone={event.fallbacks ? "warn" : "usual"}
        >
          {[event.reason, measured(event)].filter(Boolean).join(" · ")}
        </Item>
      );
    case "tool_ran":
      return (
        <Item
          title={event.ok ? `Ran ${event.name}` : `${event.name} failed`}
          figure={milliseconds(event.ms)}
          tone={event.ok ? "usual" : "bad"}
        >
          {event.summary}
        </Item>
      );
    case "settled":
      return (
        <Item title={cached ? "Replayed" : "Answered"} figure={cost(event.cost_usd)}>
          {event.usage &&
            `${plural(event.usage.prompt_tokens, "token")} in, ${event.usage.completion_tokens.toLocaleString("en")} out`}
          {event.request_id && <span className="block font-mono break-all">{event.request_id}</span>}
        </Item>
      );
  }
}

function cost(amount: string | null): string {
  return amount === null ? "price not known" : usd(amount);
}

const TONES = { usual: "bg-line-strong", warn: "bg-warn", bad: "bg-bad" };

interface ItemProps {
  title: string;
  figure: string;
  tone?: keyof typeof TONES;
  children?: React.ReactNode;
}

function Item({ title, figure, tone = "usual", children }: ItemProps) {
  return (
    <li className="relative pb-3 pl-4 last:pb-0">
      <span aria-hidden className={`absolute top-1.5 -left-[4.5px] size-2 rounded-full ${TONES[tone]}`} />
      <div className="flex items-baseline justify-between gap-4">
        <span className="font-medium break-words">{title}</span>
        <span className="shrink-0 text-xs text-muted tabular-nums">{figure}</span>
      </div>
      {children && <div className="mt-0.5 text-xs break-words text-muted">{children}</div>}
    </li>
  );
}
