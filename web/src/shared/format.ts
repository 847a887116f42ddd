/** Figures and dates in words people read. */

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

export function bytes(size: number | null | undefined): string {
  if (size === null || size === undefined) return "–";
  if (size < 1024) return `${size} B`;
  const units = ["KB", "MB", "GB"];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A message of the server as a sentence of its own. */
export function capitalised(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** A length of text: "880", "12.4 k", "3.1 M" characters. */
export function characters(count: number): string {
  if (count < 10_000) return count.toLocaleString("en");
  return count < 1_000_000 ? `${(count / 1000).toFixed(0)} k` : `${(count / 1_000_000).toFixed(1)} M`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return "under a second";
  if (seconds < 90) return plural(Math.round(seconds), "second");
  if (seconds < 5400) return plural(Math.round(seconds / 60), "minute");
  if (seconds < 172_800) return plural(Math.round(seconds / 3600), "hour");
  return plural(Math.round(seconds / 86_400), "day");
}

export function milliseconds(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return "–";
  if (ms < 0.1) return "under 0.1 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** An amount in US dollars, small ones in two figures: "$0.00012". Takes the API's decimal text too. */
export function usd(amount: string | number): string {
  const value = Number(amount);
  if (Number.isNaN(value)) return String(amount);
  const digits =
    value !== 0 && Math.abs(value) < 0.01
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `$${value.toLocaleString("en", digits)}`;
}

/** "just now", "12 minutes ago", then the date. */
export function ago(iso: string | null | undefined, now: number = Date.now()): string {
  if (!iso) return "–";
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return iso;
  const minutes = Math.round((now - then) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${plural(minutes, "minute")} ago`;
  if (minutes < 24 * 60) return `${plural(Math.round(minutes / 60), "hour")} ago`;
  return new Date(then).toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" });
}

export function exactly(iso: string | null | undefined): string {
  if (!iso) return "";
  const then = new Date(iso);
  return Number.isNaN(then.getTime())
    ? iso
    : then.toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

/** The time of day, to the second, where the reader is. */
export function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB");
}

export type ConfidenceWord = "high" | "fair" | "low";

export function confidenceWord(value: number): ConfidenceWord {
  if (value >= 0.8) return "high";
  return value >= 0.6 ? "fair" : "low";
}

/** "page 4 · Setup › Network", whichever parts are known. A first heading that only repeats the title is left out. */
export function place(
  page: number | null | undefined,
  headingPath: string[] | undefined,
  title?: string,
): string {
  const parts: string[] = [];
  if (headingPath && title !== undefined && headingPath[0] === title)
    return place(page, headingPath.slice(1));
  if (page !== null && page !== undefined) parts.push(`page ${page}`);
  if (headingPath && headingPath.length > 0) parts.push(headingPath.join(" › "));
  return parts.join(" · ");
}

/** A source with the folder it lies in: enough to tell two files of one name apart. */
export function shortSource(source: string): string {
  const parts = source.split(/[\\/]/).filter(Boolean);
  return /^https?:/.test(source) || parts.length <= 2 ? source : `…/${parts.slice(-2).join("/")}`;
}

/** A source in few letters: a web address as it is, of a path the file's name. */
export function sourceName(source: string): string {
  return /^https?:/.test(source) ? source : (source.split(/[\\/]/).findLast(Boolean) ?? source);
}
