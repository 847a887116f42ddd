/** Sentences of a report with the numbers by which the server knows them, and the sources of each. Pure. */
import type { ReportSection, ReportSentence, ReportSpan } from "@/shared/research-types";

/** The id under which the findings before the sections are asked about. */
export const SUMMARY = "summary";

/** The number of each sentence in its section, from 1, as `why` counts them: cells count where they have sources. */
export function numbered(section: ReportSection): Map<ReportSentence, number> {
  const found = new Map<ReportSentence, number>();
  const take = (sentence: ReportSentence) => found.set(sentence, found.size + 1);
  for (const block of section.blocks) {
    if (block.type === "paragraph") block.sentences.forEach(take);
    if (block.type === "bullets") block.items.forEach(take);
    if (block.type === "grid")
      block.rows
        .flat()
        .filter((cell) => cell.spans.length > 0)
        .forEach(take);
  }
  return found;
}

/** Each source of a sentence once, ascending, with the place that supports it best. */
export function placesOf(spans: ReportSpan[]): ReportSpan[] {
  const best = new Map<number, ReportSpan>();
  for (const span of spans) {
    const before = best.get(span.number);
    if (!before || span.support > before.support) best.set(span.number, span);
  }
  return [...best.values()].toSorted((a, b) => a.number - b.number);
}

export interface OpenPlace {
  e: string;
  s: number;
  f: number;
}

/** A place as the address of the page names it: evidence, first and last character. */
export function placeOf(span: Pick<ReportSpan, "evidence" | "start" | "end">): OpenPlace {
  return { e: span.evidence, s: span.start, f: span.end };
}

/** "s1.2:3" is the third sentence of s1.2. */
export function parseWhy(text: string): { section: string; sentence: number } | null {
  const found = /^(.{1,20}):(\d{1,4})$/.exec(text);
  return found?.[1] && found[2] ? { section: found[1], sentence: Number(found[2]) } : null;
}
