/** The answer, sentence by sentence, each with the small numbers that lead to its sources. */
import { lazy, Suspense } from "react";
import { layOut, type TextBlock } from "./layout";
import { AnswerCode, AnswerTable, SentenceView } from "./sentence";
import { isLive, type Turn } from "./turn";

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
    <div dir="auto" className="prose-text text-[17px] break-words">
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
      {blocks.map((block, index) => {
        if (block.kind === "table") return <AnswerTable key={index} rows={block.sentences} {...props} />;
        if (block.kind === "code") return <AnswerCode key={index} rows={block.sentences} {...props} />;
        return (
          <Block key={index} block={block}>
            {block.sentences.map((sentence) => (
              <SentenceView key={sentence.index} sentence={sentence} {...props} />
            ))}
            {isLive(props.turn) && index === blocks.length - 1 && (
              <span aria-hidden className="pulse-dot ml-1 inline-block size-2 rounded-full bg-accent" />
            )}
          </Block>
        );
      })}
    </div>
  );
}

function Block({ block, children }: { block: TextBlock; children: React.ReactNode }) {
  if (block.kind === "heading") {
    return (
      <h3 dir="auto" className="pt-2 text-base font-semibold">
        {children}
      </h3>
    );
  }
  if (block.kind === "paragraph") return <p dir="auto">{children}</p>;
  return (
    <div dir="auto" className="relative ps-7">
      <span aria-hidden className="absolute start-0 w-5 text-right text-muted tabular-nums">
        {block.marker}
      </span>
      {children}
    </div>
  );
}
