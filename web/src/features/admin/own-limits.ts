/** The limits of an account as words in fields, and back. Pure. */
import { usd } from "@/shared/format";
import type { LimitName, OwnLimits } from "@/shared/types";

export const FIELDS: { name: LimitName; word: string; short: string }[] = [
  { name: "requests_per_hour", word: "Requests an hour", short: "requests an hour" },
  { name: "tokens_per_minute", word: "Tokens a minute", short: "tokens a minute" },
  { name: "tokens_per_request", word: "Tokens a request", short: "tokens a request" },
  { name: "concurrent_requests", word: "Requests at a time", short: "at a time" },
  { name: "usd_per_day", word: "US dollars a day", short: "a day" },
  { name: "usd_per_month", word: "US dollars a month", short: "a month" },
];

const NONE = "none";
export type LimitWords = Partial<Record<LimitName, string>>;

export function wordsOf(limits: OwnLimits): LimitWords {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, value === null ? NONE : String(value)]),
  );
}

/** The limits that are meant, and the fields that mean nothing. */
export function limitsOf(words: LimitWords): { limits: OwnLimits; wrong: LimitName[] } {
  const limits: OwnLimits = {};
  const wrong: LimitName[] = [];
  for (const { name } of FIELDS) {
    const text = (words[name] ?? "").trim().toLowerCase();
    if (text === "") continue;
    const value = text === NONE ? null : Number(text.replaceAll(",", ""));
    if (value !== null && !(value >= 0)) wrong.push(name);
    else limits[name] = value;
  }
  return { limits, wrong };
}

/** "50 requests an hour, $2.50 a month"; empty where the tier's hold. */
export function limitsInWords(limits: OwnLimits): string {
  return FIELDS.flatMap(({ name, short }) => {
    const value = limits[name];
    if (value === undefined) return [];
    const figure =
      value === null ? "any number of" : name.startsWith("usd") ? usd(value) : value.toLocaleString("en");
    return value === null && name.startsWith("usd") ? [`no budget ${short}`] : [`${figure} ${short}`];
  }).join(", ");
}
