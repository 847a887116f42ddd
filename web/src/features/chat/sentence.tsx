/** A sentence of the answer, in running text or as the row of a table, with the numbers of its sources. */
import { place } from "@/shared/format";
import type { Citation } from "@/shared/types";
import { CodeBlock } from "@/shared/ui/code-block";
import type { Highlight } from "./answer-text";
import { cells, inlineRuns, lastWord, type Placed, type Run } from "./layout";
import { citationNumbers } from "./turn";
import { isOpen, useChatPanel } from "./use-source";

interface Shown {
  collection: string;
  highlight: Highlight;
  onHighlight: (highlight: Highlight) => void;
}

function isLit({ index, citations }: Placed, { sentence, number }: Highlight): boolean {
  return sentence === index || (number !== null && citations.some((citation) => citation.number === number));
}

export function SentenceView({ sentence, ...shown }: Shown & { sentence: Placed }) {
  const { highlight, onHighlight } = shown;
  const { index } = sentence;
  const runs = inlineRuns(sentence.text);
  const last = runs.at(-1) ?? { text: "", style: "plain" };
  const [head, tail] = lastWord(last.text);
  return (
    <>
      <span
        data-sentence={index}
        className={`rounded-sm box-decoration-clone transition-colors duration-100 ${isLit(sentence, highlight) ? "bg-mark" : ""}`}
        onPointerEnter={() => onHighlight({ sentence: index, number: null })}
        onPointerLeave={() => onHighlight({ sentence: null, number: null })}
      >
        {runs.slice(0, -1).map((run, at) => (
          <RunText key={at} run={run} />
        ))}
        {head && <RunText run={{ ...last, text: head }} />}
        <span className="whitespace-nowrap">
          <RunText run={{ ...last, text: tail }} />
          <Numbers sentence={sentence} {...shown} />
        </span>
      </span>{" "}
    </>
  );
}

/** Code that a source holds; its numbers stand below it, so that a copy is only code. */
export function AnswerCode({ rows, ...shown }: Shown & { rows: Placed[] }) {
  return rows.map((sentence) => (
    <div key={sentence.index} data-sentence={sentence.index}>
      <CodeBlock>{sentence.text}</CodeBlock>
      <Numbers sentence={sentence} {...shown} />
    </div>
  ));
}

/** Rows of a table, the first one its head. */
export function AnswerTable({ rows, ...shown }: Shown & { rows: Placed[] }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-y border-line text-left text-[15px] leading-normal">
        <tbody>
          {rows.map((row, at) => {
            const texts = cells(row.text);
            const Cell = at === 0 && rows.length > 1 ? "th" : "td";
            return (
              <tr
                key={row.index}
                data-sentence={row.index}
                className={`border-b border-line last:border-0 ${isLit(row, shown.highlight) ? "bg-mark" : ""}`}
                onPointerEnter={() => shown.onHighlight({ sentence: row.index, number: null })}
                onPointerLeave={() => shown.onHighlight({ sentence: null, number: null })}
              >
                {texts.map((text, column) => (
                  <Cell key={column} dir="auto" className="py-1.5 pe-4 align-top">
                    {inlineRuns(text).map((run, part) => (
                      <RunText key={part} run={run} />
                    ))}
                    {column === texts.length - 1 && <Numbers sentence={row} {...shown} />}
                  </Cell>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function RunText({ run: { text, style } }: { run: Run }) {
  if (style === "strong") return <strong>{text}</strong>;
  if (style === "emphasis") return <em>{text}</em>;
  if (style === "code") return <code className="rounded bg-hover px-1 font-mono text-[0.88em]">{text}</code>;
  return <>{text}</>;
}

function Numbers({ sentence: { index, citations }, collection, onHighlight }: Shown & { sentence: Placed }) {
  return citationNumbers(citations).map((number) => {
    const citation = citations.find((candidate) => candidate.number === number);
    return (
      citation && (
        <CiteNumber
          key={number}
          citation={citation}
          collection={collection}
          onLook={(looking) => onHighlight({ sentence: looking ? index : null, number: null })}
        />
      )
    );
  });
}

interface NumberProps {
  citation: Citation;
  collection: string;
  onLook: (looking: boolean) => void;
}

function CiteNumber({ citation, collection, onLook }: NumberProps) {
  const { openSource, source } = useChatPanel();
  const open = isOpen(source, citation);
  const where = [citation.title, place(citation.page, citation.heading_path, citation.title)]
    .filter(Boolean)
    .join(", ");
  return (
    <sup className="ml-0.5 leading-none">
      <button
        type="button"
        data-nav
        data-cite={citation.number}
        aria-label={`Source ${citation.number}: ${where}`}
        title={`${where}\n“${citation.quote}”`}
        aria-current={open || undefined}
        className={`relative inline-flex h-[1.5em] min-w-[1.5em] items-center justify-center rounded px-1 text-[0.68rem] font-semibold tabular-nums before:absolute before:-inset-x-1 before:-inset-y-3 hover:bg-accent hover:text-on-accent ${open ? "bg-accent text-on-accent" : "bg-accent-soft text-accent"}`}
        onClick={() => openSource(collection, citation)}
        onFocus={() => onLook(true)}
        onBlur={() => onLook(false)}
      >
        {citation.number}
      </button>
    </sup>
  );
}
