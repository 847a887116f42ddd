/** Two answers to one question side by side, each with who gave it, for how much and how fast; one of them goes on. */
import { milliseconds, usd } from "@/shared/format";
import { type AnswerDeeds, AnswerView } from "./answer-view";
import { modelName } from "./model-name";
import { answererOf, settledOf } from "./request";
import { isLive, type Turn } from "./turn";

interface AnswerPairProps {
  pair: Turn[];
  conversation: string;
  deedsOf: (turn: Turn) => AnswerDeeds;
  onChoose: (turn: Turn) => void;
}

export function AnswerPair({ pair, conversation, deedsOf, onChoose }: AnswerPairProps) {
  return (
    <div className="mt-4 grid gap-x-8 gap-y-6 @3xl:grid-cols-2">
      {pair.map((turn, index) => (
        <section
          key={turn.place.answer ?? turn.id}
          aria-label={`Answer ${index + 1}, of ${modelName(answererOf(turn))}`}
          className="flex min-w-0 flex-col not-first:border-t not-first:border-line not-first:pt-6 @3xl:not-first:border-t-0 @3xl:not-first:border-l @3xl:not-first:pt-0 @3xl:not-first:pl-8"
        >
          <h3 className="eyebrow">{modelName(answererOf(turn))}</h3>
          <div className="-mt-2 flex-1">
            <AnswerView turn={turn} paired conversation={conversation} {...deedsOf(turn)} />
          </div>
          <div className="mt-3 flex min-h-11 items-center justify-between gap-3 border-t border-line pt-3 md:min-h-9">
            <span className="text-xs text-muted tabular-nums">{figures(turn)}</span>
            {!isLive(turn) && turn.place.answer !== null && (
              <button type="button" className="button" onClick={() => onChoose(turn)}>
                Go on with this one
              </button>
            )}
          </div>
        </section>
      ))}
    </div>
  );
}

function figures(turn: Turn): string {
  if (isLive(turn)) return "answering…";
  const settled = settledOf(turn);
  const cost = settled?.cost_usd;
  return [
    cost === undefined ? "" : cost === null ? "cost not known" : usd(cost),
    turn.ms === null ? "" : milliseconds(turn.ms),
    settled?.usage ? `${settled.usage.completion_tokens.toLocaleString("en")} tokens` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
