/** The inner structure of a block: list items and table cells as spans of the document. Offsets are code points. Pure. */
import type { Block } from "../types";

export interface TextSpan {
  start: number;
  end: number;
}

export interface Item extends TextSpan {
  depth: number;
}

/** A table with more rows is shown as plain lines: one cell each would take the browser seconds. */
export const MOST_ROWS = 300;

const MARKER = /^(\s*)(?:[-*+•‣–]|\d{1,3}[.)])\s+/;

/** The lines of `text`, which begins at `start` in its document. */
export function lines(text: string, start: number): (TextSpan & { text: string })[] {
  let at = start;
  return text.split("\n").map((line) => {
    const span = { start: at, end: at + Array.from(line).length, text: line };
    at = span.end + 1;
    return span;
  });
}

/** The items of a list: a line that begins without a marker goes on with the item above it. */
export function listItems(text: string, start: number): Item[] {
  const items: Item[] = [];
  for (const line of lines(text, start)) {
    const marker = MARKER.exec(line.text);
    const last = items.at(-1);
    if (marker || !last) {
      const indent = marker?.[1]?.length ?? 0;
      items.push({ start: line.start + indent, end: line.end, depth: Math.min(4, Math.floor(indent / 2)) });
    } else {
      last.end = line.end;
    }
  }
  return items;
}

/** The cells of each row, or null when the text is no table of bars or too long for one. */
export function tableRows(text: string, start: number): TextSpan[][] | null {
  const rows = lines(text, start).filter((line) => line.text.trim() !== "");
  if (rows.length === 0 || rows.length > MOST_ROWS) return null;
  if (!rows.every((row) => /^\|.*\|$/.test(row.text))) return null;
  return rows.map(cellsOf);
}

function cellsOf(row: TextSpan & { text: string }): TextSpan[] {
  const letters = Array.from(row.text);
  const bars = letters.flatMap((letter, at) => (letter === "|" && letters[at - 1] !== "\\" ? [at] : []));
  return bars.slice(1).map((bar, index) => {
    let from = (bars[index] ?? 0) + 1;
    let to = bar;
    while (from < to && letters[from] === " ") from += 1;
    while (to > from && letters[to - 1] === " ") to -= 1;
    return { start: row.start + from, end: row.start + to };
  });
}

/** Cuts blocks where a chunk begins inside of one, so that its border can be drawn where it is. */
export function cutAt(blocks: Block[], starts: number[]): Block[] {
  const ordered = starts.toSorted((a, b) => a - b);
  let next = 0;
  return blocks.flatMap((block) => {
    const parts: Block[] = [];
    let from = block.start;
    while ((ordered[next] ?? Number.POSITIVE_INFINITY) <= from) next += 1;
    for (let at = ordered[next]; at !== undefined && at < block.end; next += 1, at = ordered[next]) {
      if (at > from) parts.push({ ...block, start: from, end: at });
      from = at;
    }
    parts.push({ ...block, start: from });
    return parts;
  });
}
