import { useEffect, useRef, useState } from "react";

interface QuestionEditProps {
  question: string;
  onDone: (question: string | null) => void;
}

/** The question, editable where it stands. Asking anew replaces its answer and what followed. */
export function QuestionEdit({ question, onDone }: QuestionEditProps) {
  const [text, setText] = useState(question);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onDone(text.trim() || null);
      }}
    >
      <textarea
        ref={field}
        dir="auto"
        aria-label="Edit the question"
        rows={2}
        className="field-sizing-content w-full rounded-lg border border-line-strong/60 bg-page p-3 text-lg"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onDone(null);
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            onDone(text.trim() || null);
          }
        }}
      />
      <div className="mt-2 flex gap-2">
        <button type="submit" className="button-primary">
          Ask
        </button>
        <button type="button" className="button" onClick={() => onDone(null)}>
          Keep it as it was
        </button>
      </div>
    </form>
  );
}
