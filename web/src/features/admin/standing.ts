/** How a model stands and what it costs, in words. Pure. */
import type { ModelStanding } from "@/shared/types";

export interface Health {
  word: string;
  tone: "good" | "warn" | "bad" | "usual";
  more: string;
}

export function healthOf({ usable, why_not, breaker, kind }: ModelStanding): Health {
  if (!usable) return { word: "not usable", tone: "usual", more: why_not ?? "" };
  if (breaker.state === "open")
    return { word: "taken out", tone: "bad", more: `tried again in ${Math.ceil(breaker.retry_after_s)} s` };
  if (breaker.state !== "closed") return { word: "being tried", tone: "warn", more: "" };
  return { word: kind === "language" ? "working" : "built in", tone: "good", more: "" };
}

/** "$0.75 in, $4.50 out per million tokens", "free", or "not known". */
export function priceOf({ price }: ModelStanding): string {
  if (price.free) return "free";
  if (!price.known || price.input === null || price.output === null) return "not known";
  return `$${amount(price.input)} in, $${amount(price.output)} out`;
}

function amount(text: string): string {
  return Number(text).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
}
