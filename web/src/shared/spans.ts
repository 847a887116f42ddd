/** Spans of text. The server counts characters (code points), JavaScript counts UTF-16 units: an emoji is 1 there, 2 here. */

/** A function that slices `text` by code points; free when the text has none beyond the first plane. */
export function slicer(text: string): (start: number, end: number) => string {
  if (!/[\ud800-\udfff]/.test(text)) return (start, end) => text.slice(start, end);
  const units = new Uint32Array(text.length + 1);
  let points = 0;
  for (let unit = 0; unit < text.length; points += 1) {
    units[points] = unit;
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  units[points] = text.length;
  const at = (point: number) => units[Math.min(Math.max(point, 0), points)];
  return (start, end) => text.slice(at(start), at(end));
}

export interface Segment {
  start: number;
  end: number;
  marked: boolean;
}

/** Cuts [start, end) at the borders of `mark`, so that each part is wholly inside or outside of it. */
export function segments(start: number, end: number, mark: { start: number; end: number } | null): Segment[] {
  if (!mark || mark.end <= start || mark.start >= end) return [{ start, end, marked: false }];
  const from = Math.max(start, mark.start);
  const to = Math.min(end, mark.end);
  return [
    { start, end: from, marked: false },
    { start: from, end: to, marked: true },
    { start: to, end, marked: false },
  ].filter((part) => part.end > part.start);
}

/** Paragraphs of a text that came without structure. Offsets are code points. */
export function paragraphs(text: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let at = 0;
  for (const part of text.split(/(\n\s*\n)/)) {
    const length = Array.from(part).length;
    if (part.trim()) found.push({ start: at, end: at + length });
    at += length;
  }
  return found;
}

/** Whether the lines of a paragraph were only broken to fit a width, as in hand-wrapped Markdown: then they may flow. */
export function isWrapped(paragraph: string): boolean {
  const lines = paragraph.trimEnd().split("\n").slice(0, -1);
  return lines.length > 0 && lines.every((line) => line.length >= 50);
}
