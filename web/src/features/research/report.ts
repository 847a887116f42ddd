/** Sentences of a report with the numbers by which the server knows them, and the sources of each. Pure. */
import type { Report, ReportBlock, ReportSection, ReportSentence, ReportSpan } from "@/shared/research-types";

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

function spansOf(block: ReportBlock): ReportSpan[] {
  switch (block.type) {
    case "paragraph":
      return block.sentences.flatMap(({ spans }) => spans);
    case "bullets":
      return block.items.flatMap(({ spans }) => spans);
    case "grid":
      return block.rows.flat().flatMap(({ spans }) => spans);
    case "chart":
      return block.bars.flatMap(({ spans }) => spans);
    case "listing":
      return block.spans;
  }
}

/** Where a report first leans on each source, by its number. */
export function firstPlaces({ summary, sections, conflicts }: Report): Map<number, ReportSpan> {
  const spans = [
    ...summary.flatMap((sentence) => sentence.spans),
    ...sections.flatMap(({ blocks }) => blocks.flatMap(spansOf)),
    ...conflicts.flatMap(({ sides }) => sides.flatMap(({ sentence }) => sentence.spans)),
  ];
  // From the end on: what comes first is set last.
  return new Map(spans.toReversed().map((span) => [span.number, span]));
}

/** Whether nothing in it is said. */
export function isEmpty({ summary, sections, conflicts }: Report): boolean {
  return (
    summary.length === 0 && conflicts.length === 0 && sections.every(({ blocks }) => blocks.length === 0)
  );
}

/** Whether two lines are the same words, however they are written. */
export function isSame(one: string, other: string): boolean {
  const words = (text: string) =>
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(" ");
  return words(one) === words(other);
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
