/** Reading what happened to a request: who answered in the end, from where, and for how much. Pure. */
import { duration } from "@/shared/format";
import type { RequestEvent } from "@/shared/types";
import type { Turn } from "./turn";

type Of<T extends RequestEvent["type"]> = Extract<RequestEvent, { type: T }>;

export const isRouted = (event: RequestEvent): event is Of<"routed"> => event.type === "routed";
export const isTool = (event: RequestEvent): event is Of<"tool_ran"> => event.type === "tool_ran";
const isHit = (event: RequestEvent): event is Of<"cache_hit"> => event.type === "cache_hit";
const isSettled = (event: RequestEvent): event is Of<"settled"> => event.type === "settled";

export const hitOf = (turn: Turn) => turn.events.findLast(isHit);
export const routeOf = (turn: Turn) => turn.events.findLast(isRouted);
export const settledOf = (turn: Turn) => turn.events.findLast(isSettled);
export const toolsOf = (turn: Turn) => turn.events.filter(isTool);

/** Who answered: the model that was asked for may have been "auto", or down. */
export function answererOf(turn: Turn): string {
  return settledOf(turn)?.model || routeOf(turn)?.model || turn.trace?.model || turn.model;
}

/** Something unusual about an answer that its reader should know, in one line; null for the usual. */
export function remarkOn(turn: Turn): string | null {
  const hit = hitOf(turn);
  if (hit) {
    const when = hit.age_s < 60 ? "a moment ago" : `${duration(hit.age_s)} ago`;
    return hit.kind === "exact"
      ? `From the cache: this question was answered ${when}.`
      : `From the cache: a question with the same meaning was answered ${when}.`;
  }
  if (routeOf(turn)?.degraded)
    return "No language model could answer, so the built-in engine did. It can only quote.";
  return null;
}

/** "complexity 3.1 of 10, 86 % sure", whichever figures there are. */
export function measured({ complexity, confidence }: Of<"routed">): string {
  const parts: string[] = [];
  if (complexity !== null && complexity !== undefined)
    parts.push(`complexity ${complexity.toFixed(1)} of 10`);
  if (confidence !== null && confidence !== undefined) parts.push(`${Math.round(confidence * 100)} % sure`);
  return parts.join(", ");
}
