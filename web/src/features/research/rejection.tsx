/** Saying no: with a note it is made again, without one the run ends. */
import { ChevronRight } from "lucide-react";
import { type FormEvent, useState } from "react";
import { SecondLook } from "@/shared/ui/second-look";

interface RejectionProps {
  /** What a note asks for. */
  what: string;
  hint: string;
  pending: boolean;
  onReject: (note: string) => void;
}

export function Rejection({ what, hint, pending, onReject }: RejectionProps) {
  const [note, setNote] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (note.trim()) onReject(note.trim());
  };
  return (
    <details className="group mt-2 text-sm">
      <summary className="flex min-h-11 list-none items-center gap-1.5 text-muted hover:text-ink md:min-h-9">
        <ChevronRight aria-hidden className="size-4 transition-transform duration-100 group-open:rotate-90" />
        Not like this…
      </summary>
      <form className="mt-2" onSubmit={submit}>
        <textarea
          aria-label={hint}
          className="field field-sizing-content min-h-16 py-2"
          placeholder={hint}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <div className="mt-2 flex flex-wrap gap-2">
          <button type="submit" className="button" disabled={pending || !note.trim()}>
            Ask for {what}
          </button>
          <SecondLook
            word="End the run"
            label="End the run without it"
            sure="End it"
            keep="Keep it"
            danger
            disabled={pending}
            onSure={() => onReject("")}
          />
        </div>
      </form>
    </details>
  );
}
