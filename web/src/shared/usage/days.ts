/** The days of a report, those without a request too, and what a bar of each stands for. Pure. */
import { plural, usd } from "@/shared/format";
import type { UsageFigures, UsageReport } from "@/shared/types";

export type Measure = "requests" | "tokens" | "cost";

export interface Day extends UsageFigures {
  day: string;
}

const DAY_MS = 86_400_000;
const NOTHING: UsageFigures = {
  requests: 0,
  cached: 0,
  unsuccessful: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  cost_usd: "0",
  unpriced: 0,
};

/** One entry for each day (UTC) of the span, in order. */
export function daysOf({ since, until, data }: UsageReport): Day[] {
  const known = new Map(data.map((line) => [line.day ?? "", line]));
  const days: Day[] = [];
  const last = Date.parse(until);
  for (let at = Date.parse(`${since.slice(0, 10)}T00:00:00Z`); at <= last; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.push({ ...NOTHING, ...known.get(day), day });
  }
  return days;
}

export function measureOf(figures: UsageFigures, measure: Measure): number {
  if (measure === "requests") return figures.requests;
  if (measure === "tokens") return figures.prompt_tokens + figures.completion_tokens;
  return Number(figures.cost_usd ?? 0);
}

export function worded(value: number, measure: Measure): string {
  if (measure === "cost") return usd(value);
  return plural(value, measure === "requests" ? "request" : "token");
}

/** "Nov 26"; days are those of UTC. */
export function dayWord(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en", {
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  });
}

/** What the bars show, for those who cannot see them. */
export function summary(days: Day[], measure: Measure): string {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return "Nothing";
  const most = days.reduce((best, day) => (measureOf(day, measure) > measureOf(best, measure) ? day : best));
  const span = `${dayWord(first.day)} to ${dayWord(last.day)}`;
  const value = measureOf(most, measure);
  if (value === 0) return `${span}: nothing`;
  return `${span}: most on ${dayWord(most.day)}, ${worded(value, measure)}`;
}
