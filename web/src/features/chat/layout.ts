/** Sentences into paragraphs and lists: a blank line, a dash or a number at the start of a sentence begins a block. */
import type { Sentence } from "./turn";

export interface Placed {
  /** Index of the sentence in the turn: highlights refer to it. */
  index: number;
  text: string;
  citations: Sentence["citations"];
}

export interface TextBlock {
  kind: "paragraph" | "bullet" | "numbered" | "heading" | "table" | "code";
  /** The number of a numbered item, as it was written. */
  marker: string;
  /** The sentences; of a table one for each row. */
  sentences: Placed[];
}

const BULLET = /^[-*•]\s+/;
const NUMBERED = /^\d{1,2}[.)]\s+/;
const HEADING = /^#{1,6}\s+/;
const ROW = /^\|.*\|$/s;
const FENCED = /^```[\w+-]*\n?([\s\S]*?)\n?\s*```$/;
const RULE = /^[|\s:-]+$/;

function kindOf(line: string): Pick<TextBlock, "kind" | "marker"> & { text: string } {
  if (BULLET.test(line)) return { kind: "bullet", marker: "•", text: line.replace(BULLET, "") };
  const marker = NUMBERED.exec(line)?.[0];
  if (marker) return { kind: "numbered", marker: marker.trim(), text: line.slice(marker.length) };
  if (HEADING.test(line)) return { kind: "heading", marker: "", text: line.replace(HEADING, "") };
  const code = FENCED.exec(line.trim())?.[1];
  if (code !== undefined) return { kind: "code", marker: "", text: code };
  if (ROW.test(line.trimEnd())) return { kind: "table", marker: "", text: line };
  return { kind: "paragraph", marker: "", text: line };
}

/** The cells of a table row; a bar after a backslash is part of its cell. */
export function cells(row: string): string[] {
  return row
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Whether a sentence goes on in the list item above it: written on the same line, or taken from the same source. */
function staysInItem(item: TextBlock, itemHasOwnLine: boolean, sentence: Sentence): boolean {
  if (item.kind === "table" || item.kind === "code") return false;
  if (item.kind === "paragraph" || itemHasOwnLine || sentence.citations.length === 0) return true;
  const before = new Set(item.sentences.at(-1)?.citations.map(({ number }) => number));
  return sentence.citations.some(({ number }) => before.has(number));
}

export function layOut(sentences: Sentence[]): TextBlock[] {
  const blocks: TextBlock[] = [];
  let ownLine = false;
  sentences.forEach((sentence, index) => {
    const { text, citations } = sentence;
    const lead = /^\s*/.exec(text)?.[0] ?? "";
    const body = text.slice(lead.length);
    const { kind, marker, text: shown } = kindOf(body);
    const last = blocks.at(-1);
    if (kind === "table" && RULE.test(body)) return; // the line under a table's head says nothing
    const begins =
      !last ||
      (kind !== "paragraph" && !(kind === "table" && last.kind === "table")) ||
      /\n\s*\n/.test(lead) ||
      last.kind === "heading" ||
      (kind !== "table" && !staysInItem(last, ownLine, sentence));
    if (begins) {
      ownLine = lead.includes("\n");
      blocks.push({ kind, marker, sentences: [{ index, text: shown.trimEnd(), citations }] });
    } else {
      last.sentences.push({ index, text: body.trimEnd(), citations });
    }
  });
  return blocks;
}

export interface Run {
  text: string;
  style: "plain" | "strong" | "emphasis" | "code";
}

const INLINE = /(\*\*[^*\n]+\*\*|`[^`\n]+`|(?<![\w*])\*[^*\s][^*\n]*\*(?!\w))/;

/** The few inline marks a model uses inside a sentence. Everything else stays text. */
export function inlineRuns(text: string): Run[] {
  return text
    .split(INLINE)
    .filter(Boolean)
    .map((part): Run => {
      if (/^\*\*.+\*\*$/.test(part)) return { text: part.slice(2, -2), style: "strong" };
      if (/^`.+`$/.test(part)) return { text: part.slice(1, -1), style: "code" };
      if (/^\*[^*]+\*$/.test(part)) return { text: part.slice(1, -1), style: "emphasis" };
      return { text: part, style: "plain" };
    });
}

/** Splits off the last word, so that the numbers behind it never begin a line alone. A very long word stays free. */
export function lastWord(text: string): [string, string] {
  const at = text.search(/\S+\s*$/);
  return at <= 0 || text.length - at > 24 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}
