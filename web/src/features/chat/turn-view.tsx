/** One turn: the question as a heading, then its answer, or two of them side by side. */
import { useEffect, useRef, useState } from "react";
import { AnswerPair } from "./answer-pair";
import { AnswerView } from "./answer-view";
import { KeywordColumn } from "./keyword-column";
import { QuestionEdit } from "./question-edit";
import { collectionOf, type Turn } from "./turn";
import type { TurnDeeds } from "./use-deeds";
import { Versions } from "./versions";

interface TurnViewProps {
  turn: Turn;
  conversation: string;
  deeds: TurnDeeds;
  last: boolean;
  /** The answers that stand side by side, by their ids; null for one answer. */
  pair: Turn[] | null;
  /** It was looked for: brought into view, and marked for a moment. */
  found: boolean;
}

export function TurnView({ turn, conversation, deeds, last, pair, found }: TurnViewProps) {
  const [editing, setEditing] = useState(false);
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    if (found) article.current?.scrollIntoView({ block: "start" });
  }, [found]);
  const keywords = turn.compare && turn.collection !== null && pair === null;
  const wide = keywords || pair !== null;
  const deedsOf = (of: Turn) => ({
    onAgain: () => deeds.again(of),
    onEdit: () => setEditing(true),
    onShow: deeds.show,
  });
  return (
    <article
      ref={article}
      aria-label={turn.question || "An answer"}
      data-found={found || undefined}
      className={`mx-auto border-b border-line py-6 last:border-0 ${wide ? "max-w-5xl" : "max-w-2xl"} ${last ? "min-h-[100cqh]" : ""}`}
    >
      <div className={keywords ? "grid gap-8 @4xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]" : ""}>
        <div className="min-w-0">
          {editing ? (
            <QuestionEdit
              question={turn.question}
              onDone={(question) => {
                setEditing(false);
                if (question) deeds.reword(turn, question);
              }}
            />
          ) : (
            <div className="flex items-start justify-between gap-3">
              <h2
                dir="auto"
                className={`min-w-0 text-xl leading-snug font-semibold tracking-tight break-words whitespace-pre-line ${found ? "rounded bg-mark" : ""}`}
              >
                {turn.question}
              </h2>
              <Versions
                of="question"
                ids={turn.place.questions}
                shown={turn.place.question}
                onShow={deeds.show}
              />
            </div>
          )}
          {pair ? (
            <AnswerPair pair={pair} conversation={conversation} deedsOf={deedsOf} onChoose={deeds.choose} />
          ) : (
            <AnswerView turn={turn} conversation={conversation} {...deedsOf(turn)} />
          )}
        </div>
        {keywords && <KeywordColumn collection={collectionOf(turn)} question={turn.question} />}
      </div>
    </article>
  );
}
