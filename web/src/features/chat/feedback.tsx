/** What the reader thinks of an answer: a thumb, and a few words if there are any. */
import { useMutation } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Feedback } from "@/shared/conversation-types";
import { conversationsApi } from "@/shared/conversations-api";
import { refreshConversation } from "./queries";
import type { Turn } from "./turn";

const LONGEST = 2000;

interface FeedbackState {
  feedback: Feedback | null;
  /** The field for words is open. */
  open: boolean;
  failed: Error | null;
  mark: (mark: Feedback["mark"]) => void;
  comment: (text: string) => void;
  close: () => void;
}

/** The thumbs and the field below them are two places of one state. */
export function useFeedback(conversation: string, turn: Turn): FeedbackState {
  const answer = turn.place.answer ?? "";
  const [open, setOpen] = useState(false);
  const save = useMutation({
    mutationFn: (wanted: Feedback | null) =>
      wanted
        ? conversationsApi.mark(conversation, answer, wanted)
        : conversationsApi.unmark(conversation, answer),
    onSettled: () => refreshConversation(conversation),
  });
  // Shown at once: what is being saved, else what is saved.
  const feedback = save.isPending ? save.variables : turn.feedback;
  return {
    feedback,
    open,
    failed: save.error,
    mark: (mark) => {
      const taken = feedback?.mark === mark;
      setOpen(!taken);
      save.mutate(taken ? null : { mark, comment: "" });
    },
    comment: (text) => {
      setOpen(false);
      if (feedback && text !== feedback.comment) save.mutate({ mark: feedback.mark, comment: text });
    },
    close: () => setOpen(false),
  };
}

const THUMBS = [
  ["up", "Good answer", ThumbsUp],
  ["down", "Poor answer", ThumbsDown],
] as const;

export function Thumbs({ state: { feedback, mark } }: { state: FeedbackState }) {
  return (
    <span className="inline-flex">
      {THUMBS.map(([which, words, Icon]) => (
        <button
          key={which}
          type="button"
          className={`button-quiet ${feedback?.mark === which ? "text-accent hover:text-accent" : ""}`}
          aria-label={words}
          aria-pressed={feedback?.mark === which}
          title={words}
          onClick={() => mark(which)}
        >
          <Icon aria-hidden className={`size-4 ${feedback?.mark === which ? "fill-accent/20" : ""}`} />
        </button>
      ))}
    </span>
  );
}

export function FeedbackNote({ state }: { state: FeedbackState }) {
  const { feedback, open, failed } = state;
  if (failed)
    return (
      <p role="alert" className="mt-2 text-sm text-bad">
        Your mark was not kept: {failed.message}
      </p>
    );
  if (!feedback) return null;
  if (open) return <CommentForm initial={feedback.comment} mark={feedback.mark} state={state} />;
  if (!feedback.comment) return null;
  return <p className="mt-2 border-l-2 border-line pl-3 text-sm text-muted">{feedback.comment}</p>;
}

interface CommentFormProps {
  initial: string;
  mark: Feedback["mark"];
  state: FeedbackState;
}

function CommentForm({ initial, mark, state: { comment, close } }: CommentFormProps) {
  const [text, setText] = useState(initial);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    comment(text.trim());
  };
  return (
    <form className="mt-2 flex max-w-xl flex-wrap gap-2" onSubmit={submit}>
      <input
        className="field min-w-0 flex-1 basis-60"
        aria-label="What was good or poor about it"
        placeholder={mark === "up" ? "What was good? (optional)" : "What was wrong? (optional)"}
        maxLength={LONGEST}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
        }}
      />
      <button type="submit" className="button">
        {text.trim() ? "Send" : "Done"}
      </button>
    </form>
  );
}
