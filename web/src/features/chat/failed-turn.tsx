/** A question that got no answer: what happened, what to do, and when asking again can help. */
import { useEffect, useState } from "react";
import { ProblemBox } from "@/shared/ui/states";
import { moment, refusalOf } from "./refusal";
import { answerText, type Turn } from "./turn";

interface FailedTurnProps {
  turn: Turn;
  onAgain: () => void;
  onEdit: () => void;
}

const UNKNOWN = { message: "The reason is not known.", code: "" };

export function FailedTurn({ turn, onAgain, onEdit }: FailedTurnProps) {
  const { what, why, hint, final, notBefore } = refusalOf(turn.error ?? UNKNOWN, answerText(turn) !== "");
  const early = useIsBefore(notBefore);
  return (
    <ProblemBox what={what} tone={final || notBefore ? "refusal" : "failure"}>
      <p className="mt-0.5 break-words text-muted">{why}</p>
      {hint && <p className="mt-1 text-muted">{hint}</p>}
      {early && notBefore && <p className="mt-1">You can ask again {moment(notBefore)}.</p>}
      {final ? (
        <button type="button" className="button mt-3 bg-page" onClick={onEdit}>
          Edit the question
        </button>
      ) : (
        <button type="button" className="button mt-3 bg-page" disabled={early} onClick={onAgain}>
          Answer again
        </button>
      )}
    </ProblemBox>
  );
}

/** setTimeout's longest wait; who looks at a page for longer reloads it. */
const LONGEST_MS = 2 ** 31 - 1;

/** Whether that moment is still to come; changes by itself when it has. */
function useIsBefore(iso: string | null): boolean {
  const [, look] = useState(0);
  const wait = iso === null ? 0 : Date.parse(iso) - Date.now();
  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => look((count) => count + 1), Math.min(wait + 50, LONGEST_MS));
    return () => clearTimeout(timer);
  }, [wait]);
  return wait > 0;
}
