/** A document's text in its structure, with one passage marked and, on request, chunk borders faintly drawn. */
import { Fragment, useEffect, useMemo, useRef, useState } from "react";
import { paragraphs, slicer } from "../spans";
import type { Block, DocText } from "../types";
import { BlockText } from "./block-text";
import { cutAt } from "./structure";

export interface Span {
  start: number;
  end: number;
}

export interface ChunkBorder extends Span {
  ordinal: number;
}

interface ReaderProps {
  document: DocText;
  mark?: Span | null;
  chunks?: ChunkBorder[];
  selected?: number | null;
  onChunk?: (ordinal: number) => void;
  /** Marks softly: for a whole chunk rather than a cited sentence. */
  soft?: boolean;
}

/** Blocks drawn at first and with each "show more": a 4,000-page document must open as fast as a note. */
const WINDOW = 80;

function structure(document: DocText): Block[] {
  if (document.blocks.length > 0) return document.blocks;
  return paragraphs(document.text).map((span) => ({ ...span, kind: "prose", page: null, heading_path: [] }));
}

export function Reader({ document, mark = null, chunks, selected, onChunk, soft = false }: ReaderProps) {
  const blocks = useMemo(() => {
    const whole = structure(document);
    return chunks
      ? cutAt(
          whole,
          chunks.map(({ start }) => start),
        )
      : whole;
  }, [document, chunks]);
  const slice = useMemo(() => slicer(document.text), [document]);
  const centre = mark
    ? Math.max(
        0,
        blocks.findIndex((block) => block.end > mark.start),
      )
    : 0;
  const [range, setRange] = useState(() => around(centre, blocks.length));
  const [shown, setShown] = useState({ centre, count: blocks.length });
  const box = useRef<HTMLDivElement>(null);
  const target = mark ? `${mark.start}-${mark.end}` : "";

  // While rendering, not in an effect: the mark must be on the page when the next effect scrolls to it.
  if (shown.centre !== centre || shown.count !== blocks.length) {
    setShown({ centre, count: blocks.length });
    const recut = shown.count !== blocks.length;
    if (recut || centre < range.from || centre >= range.to) setRange(around(centre, blocks.length));
  }
  useEffect(() => {
    const element = target ? box.current?.querySelector("mark") : null;
    // A chunk is chosen where it is seen: the text must not jump under the pointer.
    if (element && !(soft && isInView(element))) element.scrollIntoView({ block: "center" });
  }, [target, soft]);

  return (
    <div ref={box} className="space-y-3 break-words text-[15px] leading-relaxed">
      <More
        hidden={range.from === 0}
        onClick={() => setRange((r) => ({ ...r, from: Math.max(0, r.from - WINDOW) }))}
      >
        Show earlier text
      </More>
      {blocks.slice(range.from, range.to).map((block, offset) => {
        const before = blocks[range.from + offset - 1];
        const borders =
          chunks?.filter((chunk) => chunk.start >= block.start && chunk.start < block.end) ?? [];
        return (
          <Fragment key={block.start}>
            {block.page !== null && block.page !== before?.page && (
              <PageLabel page={block.page} first={!before} />
            )}
            {borders.map((chunk) => (
              <ChunkRule
                key={chunk.ordinal}
                ordinal={chunk.ordinal}
                selected={chunk.ordinal === selected}
                onChunk={onChunk}
              />
            ))}
            <BlockText block={block} slice={slice} mark={mark} soft={soft} />
          </Fragment>
        );
      })}
      <More
        hidden={range.to >= blocks.length}
        onClick={() => setRange((r) => ({ ...r, to: Math.min(blocks.length, r.to + WINDOW) }))}
      >
        Show later text
      </More>
    </div>
  );
}

function isInView(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && top < innerHeight - 80 && bottom > 0;
}

function around(centre: number, count: number) {
  return { from: Math.max(0, centre - WINDOW / 2), to: Math.min(count, centre + WINDOW) };
}

function More({ hidden, onClick, children }: { hidden: boolean; onClick: () => void; children: string }) {
  if (hidden) return null;
  return (
    <button type="button" className="button w-full" onClick={onClick}>
      {children}
    </button>
  );
}

function PageLabel({ page, first }: { page: number; first: boolean }) {
  return (
    <div className={`eyebrow tabular-nums ${first ? "" : "border-t border-line pt-2"}`}>Page {page}</div>
  );
}

interface ChunkRuleProps {
  ordinal: number;
  selected: boolean;
  onChunk: ((ordinal: number) => void) | undefined;
}

function ChunkRule({ ordinal, selected, onChunk }: ChunkRuleProps) {
  return (
    <div className="flex items-center gap-2 pt-1">
      <button
        type="button"
        data-nav
        aria-pressed={selected}
        className={`relative shrink-0 rounded px-1.5 text-xs tabular-nums before:absolute before:-inset-y-2 before:inset-x-0 ${selected ? "bg-accent text-on-accent" : "text-faint hover:bg-hover hover:text-ink"}`}
        onClick={() => onChunk?.(ordinal)}
      >
        Chunk {ordinal}
      </button>
      <span aria-hidden className={`h-px flex-1 ${selected ? "bg-accent" : "bg-line"}`} />
    </div>
  );
}
