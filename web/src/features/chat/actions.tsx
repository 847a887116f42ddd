/** What can be done with an answer, and how sure it is. */
import { Check, Copy, ListTree, Pencil, RefreshCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { confidenceWord, milliseconds, usd } from "@/shared/format";
import { Thumbs, type useFeedback } from "./feedback";
import { modelName } from "./model-name";
import { answererOf, settledOf } from "./request";
import { copyText, type Turn, whyId } from "./turn";
import { useChatPanel } from "./use-source";

interface ActionsProps {
  turn: Turn;
  /** One of two side by side: the figures stand below it. */
  paired: boolean;
  feedback: ReturnType<typeof useFeedback>;
  onAgain: () => void;
  onEdit: () => void;
  children: ReactNode;
}

/** A phone shows the icons of what is known by its icon. */
const NARROW = "@max-lg:sr-only";

export function Actions({ turn, paired, feedback, onAgain, onEdit, children }: ActionsProps) {
  const { openWhy } = useChatPanel();
  const ended = turn.status === "done" || turn.status === "abstained";
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(copyText(turn));
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const cost = settledOf(turn)?.cost_usd;
  const said = turn.sentences.length > 0 || turn.plain !== "";
  return (
    <div className="mt-4 -ml-2 flex flex-wrap items-center gap-x-0.5">
      {children}
      {turn.confidence !== null && turn.sentences.length > 0 && <Confidence value={turn.confidence} />}
      {said && (
        <button type="button" className="button-quiet" onClick={() => void copy()}>
          {copied ? (
            <Check aria-hidden className="size-4 text-good" />
          ) : (
            <Copy aria-hidden className="size-4" />
          )}
          <span role="status" className={NARROW}>
            {copied ? "Copied" : "Copy"}
          </span>
        </button>
      )}
      {ended && !paired && (
        <button type="button" className="button-quiet" title="Answer again" onClick={onAgain}>
          <RefreshCw aria-hidden className="size-4" /> <span className={NARROW}>Again</span>
        </button>
      )}
      {!paired && (
        <button type="button" className="button-quiet" title="Edit the question" onClick={onEdit}>
          <Pencil aria-hidden className="size-4" /> <span className={NARROW}>Edit</span>
        </button>
      )}
      {((turn.collection !== null && turn.status !== "failed") || turn.events.length > 0) && (
        <button type="button" className="button-quiet" onClick={() => openWhy(whyId(turn))}>
          <ListTree aria-hidden className="size-4" /> Why
        </button>
      )}
      {turn.place.answer !== null && said && <Thumbs state={feedback} />}
      {!paired && (
        <span className="ml-auto px-2 text-xs text-faint @max-2xl:w-full @max-2xl:pt-1">
          {modelName(answererOf(turn))}
          {turn.ms !== null && ` · ${milliseconds(turn.ms)}`}
          {Number(cost) > 0 && ` · ${usd(cost ?? 0)}`}
        </span>
      )}
    </div>
  );
}

const TONE = {
  high: { text: "text-good hover:text-good", bars: 3 },
  fair: { text: "text-warn hover:text-warn", bars: 2 },
  low: { text: "text-bad hover:text-bad", bars: 1 },
} as const;

function Confidence({ value }: { value: number }) {
  const [shown, setShown] = useState(false);
  const word = confidenceWord(value);
  const figure = value.toFixed(2);
  return (
    <button
      type="button"
      data-confidence={word}
      className={`button-quiet ${TONE[word].text}`}
      title={`Confidence ${figure}`}
      onClick={() => setShown(!shown)}
      onPointerEnter={() => setShown(true)}
      onPointerLeave={() => setShown(false)}
      onFocus={() => setShown(true)}
      onBlur={() => setShown(false)}
    >
      <span aria-hidden className="flex items-end gap-0.5">
        {[1, 2, 3].map((bar) => (
          <span
            key={bar}
            className={`w-1 rounded-sm bg-current ${bar <= TONE[word].bars ? "" : "opacity-25"}`}
            style={{ height: `${3 + bar * 3}px` }}
          />
        ))}
      </span>
      <span className="font-medium">{word}</span>
      <span className="min-w-[5.2rem] text-left tabular-nums max-md:hidden">
        {shown ? figure : "confidence"}
      </span>
      <span className={shown ? "tabular-nums md:hidden" : "sr-only"}>{figure}</span>
    </button>
  );
}
