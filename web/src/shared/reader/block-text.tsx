/** One block of a document in its structure, with whatever of it is marked. */
import { Fragment, type ReactNode } from "react";
import { isWrapped, segments } from "../spans";
import type { Block } from "../types";
import { listItems, type TextSpan, tableRows } from "./structure";

export type Slice = (start: number, end: number) => string;

interface BlockTextProps {
  block: Block;
  slice: Slice;
  mark: TextSpan | null;
  soft: boolean;
}

export function BlockText({ block, slice, mark, soft }: BlockTextProps) {
  const text = slice(block.start, block.end);
  const show = (span: TextSpan, shown?: (text: string) => string): ReactNode => (
    <Marked span={span} slice={slice} mark={mark} soft={soft} {...(shown ? { shown } : {})} />
  );
  if (block.kind === "heading") {
    const size = block.heading_path.length <= 1 ? "text-lg leading-snug" : "";
    return (
      <p dir="auto" className={`pt-2 font-semibold ${size}`}>
        {show(block)}
      </p>
    );
  }
  if (block.kind === "list") return <List items={listItems(text, block.start)} show={show} />;
  const rows = block.kind === "table" ? tableRows(text, block.start) : null;
  if (rows) return <Table rows={rows} show={show} />;
  if (block.kind === "code" || block.kind === "table") {
    return (
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: wide lines scroll, and must do so by keyboard
        tabIndex={0}
        className="overflow-x-auto rounded-lg bg-hover px-3 py-2 font-mono text-[13px] leading-normal"
      >
        {show(block)}
      </pre>
    );
  }
  return (
    <p dir="auto" className={isWrapped(text) ? "" : "whitespace-pre-line"}>
      {show(block)}
    </p>
  );
}

interface MarkedProps extends Pick<BlockTextProps, "slice" | "mark" | "soft"> {
  span: TextSpan;
  shown?: (text: string) => string;
}

function Marked({ span, slice, mark, soft, shown = (text) => text }: MarkedProps) {
  return segments(span.start, span.end, mark).map(({ start, end, marked }) => {
    const text = shown(slice(start, end));
    if (!marked) return <Fragment key={start}>{text}</Fragment>;
    const look = soft ? "bg-accent-soft" : "shadow-[inset_0_-2px_0_var(--mark-line)]";
    return (
      <mark key={start} className={`rounded-sm box-decoration-clone px-0.5 py-0.5 ${look}`}>
        {text}
      </mark>
    );
  });
}

type Show = (span: TextSpan, shown?: (text: string) => string) => ReactNode;

function List({ items, show }: { items: ReturnType<typeof listItems>; show: Show }) {
  return (
    <div className="space-y-1">
      {items.map((item) => (
        <div key={item.start} dir="auto" style={{ paddingInlineStart: `${item.depth * 1.25 + 1}rem` }}>
          <div className="-indent-4">{show(item, (text) => text.replace(/^[-*+](?=\s)/, "•"))}</div>
        </div>
      ))}
    </div>
  );
}

function Table({ rows, show }: { rows: TextSpan[][]; show: Show }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: wide tables scroll, and must do so by keyboard
    <div tabIndex={0} className="overflow-x-auto rounded-lg border border-line">
      <table className="w-full text-left text-[13px] leading-snug">
        <tbody>
          {rows.map((row, index) => (
            <tr
              key={row[0]?.start ?? index}
              className={index === 0 ? "bg-hover font-medium" : "border-t border-line"}
            >
              {row.map((cell) => (
                <td key={cell.start} dir="auto" className="min-w-16 px-3 py-1.5 align-top">
                  {show(cell, (text) => text.replaceAll("\\|", "|"))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
