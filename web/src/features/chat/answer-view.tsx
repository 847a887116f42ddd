/** One answer, in whatever state it is: text with footnotes, its sources, how it ended, and what can be done with it. */
import { useState } from "react";
import { milliseconds } from "@/shared/format";
import { Abstention } from "./abstention";
import { Actions } from "./actions";
import { AnswerText, type Highlight, PlainAnswer } from "./answer-text";
import { FailedTurn } from "./failed-turn";
import { FeedbackNote, useFeedback } from "./feedback";
import { remarkOn } from "./request";
import { SourceList } from "./source-list";
import { ToolRuns } from "./tool-runs";
import { collectionOf, isLive, type Turn } from "./turn";
import { Versions } from "./versions";

export interface AnswerDeeds {
  onAgain: () => void;
  onEdit: () => void;
  onShow: (message: string) => void;
}

interface AnswerViewProps extends AnswerDeeds {
  turn: Turn;
  conversation: string;
  /** One of two side by side: its versions and its question are not its own. */
  paired?: boolean;
}

const NOTHING: Highlight = { sentence: null, number: null };

export function AnswerView({ turn, conversation, paired = false, ...deeds }: AnswerViewProps) {
  const [highlight, setHighlight] = useState<Highlight>(NOTHING);
  const feedback = useFeedback(conversation, turn);
  const live = isLive(turn);
  const collection = collectionOf(turn);
  const shown = { turn, highlight, onHighlight: setHighlight, collection };
  return (
    <>
      {turn.notices.map((text) => (
        <p key={text} className="mt-2 text-sm text-muted">
          {text}
        </p>
      ))}
      <div className="mt-4" aria-live="polite" aria-relevant="additions" aria-atomic="false">
        <ToolRuns turn={turn} />
        {turn.status === "asking" && !turn.lost && <Searching turn={turn} />}
        {turn.sentences.length > 0 && <AnswerText {...shown} />}
        {turn.plain && turn.sentences.length === 0 && <PlainAnswer text={turn.plain} />}
        {turn.abstention && <Abstention abstention={turn.abstention} collection={collection} />}
        {live && turn.lost && <Reconnecting />}
      </div>
      <Ending turn={turn} {...deeds} />
      {turn.status !== "abstained" && !live && <SourceList {...shown} />}
      {!live && <Remarks turn={turn} />}
      {!live && (
        <Actions turn={turn} paired={paired} feedback={feedback} {...deeds}>
          {!paired && (
            <Versions of="answer" ids={turn.place.answers} shown={turn.place.answer} onShow={deeds.onShow} />
          )}
        </Actions>
      )}
      {!live && <FeedbackNote state={feedback} />}
    </>
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

function Reconnecting() {
  return (
    <p role="status" className="mt-3 flex items-center gap-2 text-sm text-warn">
      <span aria-hidden className="pulse-dot size-2 rounded-full bg-current" />
      Connection lost. Reconnecting…
    </p>
  );
}

/** How an answer ended that did not end by itself. */
function Ending({ turn, onAgain, onEdit }: { turn: Turn } & AnswerDeeds) {
  if (turn.status === "failed")
    return (
      <div className="mt-4">
        <FailedTurn turn={turn} onAgain={onAgain} onEdit={onEdit} />
      </div>
    );
  if (turn.status !== "stopped" && turn.status !== "interrupted") return null;
  const nothing = turn.sentences.length === 0 && turn.plain === "";
  const cut = nothing
    ? "This question got no answer: the server stopped before it could give one."
    : "The server stopped before this answer was finished. This is what it had said.";
  return (
    <div
      data-ending={turn.status}
      className="mt-4 flex flex-wrap items-center gap-x-3 gap-y-2 border-l-2 border-line-strong/50 pl-3 text-sm text-muted"
    >
      <span>{turn.status === "stopped" ? "Stopped here." : cut}</span>
      <button type="button" className="button min-h-9 md:min-h-7" onClick={onAgain}>
        Answer again
      </button>
    </div>
  );
}

/** What its reader should know about an answer, in quiet lines. */
function Remarks({ turn }: { turn: Turn }) {
  const remark = remarkOn(turn);
  const { trace, queue_ms } = turn;
  return (
    <>
      {trace?.rewritten && trace.rewritten !== turn.question && (
        <p dir="auto" className="mt-4 text-sm text-muted">
          Searched as “{trace.rewritten}”
        </p>
      )}
      {remark && (
        <p data-remark className="mt-4 text-sm text-muted">
          {remark}
        </p>
      )}
      {queue_ms !== null && queue_ms >= 100 && (
        <p className="mt-4 text-sm text-muted">Waited {milliseconds(queue_ms)} for its turn.</p>
      )}
    </>
  );
}
