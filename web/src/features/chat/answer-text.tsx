/** The answer, sentence by sentence, each with the small numbers that lead to its sources. */
import { lazy, Suspense } from "react";
import { place } from "@/shared/format";
import type { Citation } from "@/shared/types";
import { inlineRuns, lastWord, layOut, type Placed, type Run, type TextBlock } from "./layout";
import { citationNumbers, isLive, type Turn } from "./turn";
import { useChatPanel } from "./use-source";

export interface Highlight {
  sentence: number | null;
  number: number | null;
}

interface AnswerTextProps {
  turn: Turn;
  collection: string;
  highlight: Highlight;
  onHighlight: (highlight: Highlight) => void;
}

const Markdown = lazy(() => import("./markdown"));

export function PlainAnswer({ text }: { text: string }) {
  return (
    <div className="prose-text">
      <Suspense fallback={<p className="whitespace-pre-line">{text}</p>}>
        <Markdown text={text} />
      </Suspense>
    </div>
  );
}

export function AnswerText(props: AnswerTextProps) {
  const blocks = layOut(props.turn.sentences);
  return (
    <div className="space-y-3 text-[17px] leading-[1.7] break-words">
      {blocks.map((block, index) => (
        <Block key={index} block={block}>
          {block.sentences.map((sentence) => (
            <SentenceView key={sentence.index} sentence={sentence} {...props} />
          ))}
          {isLive(props.turn) && index === blocks.length - 1 && (
            <span aria-hidden className="pulse-dot ml-1 inline-block size-2 rounded-full bg-accent" />
          )}
        </Block>
      ))}
    </div>
  );
}

function Block({ block, children }: { block: TextBlock; children: React.ReactNode }) {
  if (block.kind === "heading") return <h3 className="pt-2 text-base font-semibold">{children}</h3>;
  if (block.kind === "paragraph") return <p>{children}</p>;
  return (
    <div className="relative pl-6">
      <span aria-hidden className="absolute left-1.5 text-muted">
        {block.kind === "bullet" ? "•" : "–"}
      </span>
      {children}
    </div>
  );
}

interface SentenceProps extends AnswerTextProps {
  sentence: Placed;
}

function SentenceView({ sentence, highlight, onHighlight, collection }: SentenceProps) {
  const { index, citations } = sentence;
  const numbers = citationNumbers(citations);
  const runs = inlineRuns(sentence.text);
  const last = runs.at(-1) ?? { text: "", style: "plain" };
  const [head, tail] = lastWord(last.text);
  const lit =
    highlight.sentence === index || (highlight.number !== null && numbers.includes(highlight.number));
  return (
    <>
      <span
        data-sentence={index}
        className={`rounded-sm box-decoration-clone transition-colors duration-100 ${lit ? "bg-mark" : ""}`}
        onPointerEnter={() => onHighlight({ sentence: index, number: null })}
        onPointerLeave={() => onHighlight({ sentence: null, number: null })}
      >
        {runs.slice(0, -1).map((run, at) => (
          <RunText key={at} run={run} />
        ))}
        {head && <RunText run={{ ...last, text: head }} />}
        <span className="whitespace-nowrap">
          <RunText run={{ ...last, text: tail }} />
          {numbers.map((number) => {
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
          })}
        </span>
      </span>{" "}
    </>
  );
}

function RunText({ run: { text, style } }: { run: Run }) {
  if (style === "strong") return <strong>{text}</strong>;
  if (style === "emphasis") return <em>{text}</em>;
  if (style === "code") return <code className="rounded bg-hover px-1 font-mono text-[0.88em]">{text}</code>;
  return <>{text}</>;
}

interface NumberProps {
  citation: Citation;
  collection: string;
  onLook: (looking: boolean) => void;
}

function CiteNumber({ citation, collection, onLook }: NumberProps) {
  const { openSource } = useChatPanel();
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
        className="relative inline-flex h-[1.5em] min-w-[1.5em] items-center justify-center rounded bg-accent-soft px-1 text-[0.68rem] font-semibold text-accent tabular-nums before:absolute before:-inset-x-1 before:-inset-y-3 hover:bg-accent hover:text-on-accent"
        onClick={() => openSource(collection, citation)}
        onFocus={() => onLook(true)}
        onBlur={() => onLook(false)}
      >
        {citation.number}
      </button>
    </sup>
  );
}
