/** One turn: the question as a heading, the answer as an article with footnotes, what can be done with it. */
import { useState } from "react";
import { Abstention } from "./abstention";
import { Actions } from "./actions";
import { AnswerText, type Highlight, PlainAnswer } from "./answer-text";
import { askAgain, type Choice } from "./ask";
import { FailedTurn } from "./failed-turn";
import { KeywordColumn } from "./keyword-column";
import { QuestionEdit } from "./question-edit";
import { remarkOn } from "./request";
import { SourceList } from "./source-list";
import { ToolRuns } from "./tool-runs";
import { collectionOf, isLive, type Turn } from "./turn";

interface TurnViewProps {
  turn: Turn;
  conversation: string;
  choice: Choice;
  last: boolean;
}

const NOTHING: Highlight = { sentence: null, number: null };

export function TurnView({ turn, conversation, choice, last }: TurnViewProps) {
  const [highlight, setHighlight] = useState<Highlight>(NOTHING);
  const [editing, setEditing] = useState(false);
  const live = isLive(turn);
  const again = (question: string) =>
    askAgain(conversation, turn, question, {
      collection: turn.collection,
      model: choice.model,
      compare: choice.compare,
    });
  const collection = collectionOf(turn);
  const remark = remarkOn(turn);
  const compare = turn.compare && turn.collection !== null;

  return (
    <article
      aria-label={turn.question}
      className={`mx-auto border-b border-line py-6 last:border-0 ${compare ? "max-w-5xl" : "max-w-2xl"} ${last ? "min-h-[100cqh]" : ""}`}
    >
      <div className={compare ? "grid gap-8 @4xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]" : ""}>
        <div className="min-w-0">
          {editing ? (
            <QuestionEdit
              question={turn.question}
              onDone={(question) => {
                setEditing(false);
                if (question) again(question);
              }}
            />
          ) : (
            <h2
              dir="auto"
              className="text-xl leading-snug font-semibold tracking-tight break-words whitespace-pre-line"
            >
              {turn.question}
            </h2>
          )}
          {turn.notices.map((text) => (
            <p key={text} className="mt-2 text-sm text-muted">
              {text}
            </p>
          ))}
          <div className="mt-4" aria-live="polite" aria-relevant="additions" aria-atomic="false">
            <ToolRuns turn={turn} />
            {turn.status === "asking" && <Searching turn={turn} />}
            {turn.sentences.length > 0 && (
              <AnswerText
                turn={turn}
                highlight={highlight}
                onHighlight={setHighlight}
                collection={collection}
              />
            )}
            {turn.plain && turn.sentences.length === 0 && <PlainAnswer text={turn.plain} />}
            {turn.abstention && <Abstention abstention={turn.abstention} collection={collection} />}
            {turn.status === "stopped" && <p className="mt-3 text-sm text-muted">Stopped here.</p>}
          </div>
          {turn.status === "failed" && (
            <div className="mt-4">
              <FailedTurn turn={turn} onAgain={() => again(turn.question)} onEdit={() => setEditing(true)} />
            </div>
          )}
          {turn.status !== "abstained" && !live && (
            <SourceList
              turn={turn}
              highlight={highlight}
              onHighlight={setHighlight}
              collection={collection}
            />
          )}
          {!live && turn.trace?.rewritten && turn.trace.rewritten !== turn.question && (
            <p dir="auto" className="mt-4 text-sm text-muted">
              Searched as “{turn.trace.rewritten}”
            </p>
          )}
          {!live && remark && (
            <p data-remark className="mt-4 text-sm text-muted">
              {remark}
            </p>
          )}
          {!live && (
            <Actions turn={turn} onAgain={() => again(turn.question)} onEdit={() => setEditing(true)} />
          )}
        </div>
        {compare && <KeywordColumn collection={collection} question={turn.question} />}
      </div>
    </article>
  );
}

function Searching({ turn }: { turn: Turn }) {
  const doing = turn.passages.length > 0 ? "Reading the passages" : `Searching ${turn.collection ?? ""}`;
  return (
    <p className="after-a-moment flex items-center gap-2 text-muted">
      <span aria-hidden className="pulse-dot size-2 rounded-full bg-accent" />
      {turn.collection === null ? "Thinking" : doing}…
    </p>
  );
}
