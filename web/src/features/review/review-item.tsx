/** One answer to look at: opened in place, with a note, and settled or opened again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, CircleSlash2, ThumbsDown, UserRound } from "lucide-react";
import { useState } from "react";
import { api } from "@/shared/api";
import { ago } from "@/shared/format";
import type { ReviewItem as Item } from "@/shared/types";
import { Failure } from "@/shared/ui/states";

const KINDS = {
  low_mark: { word: "a low mark", icon: ThumbsDown },
  abstained: { word: "no answer", icon: CircleSlash2 },
  escalated: { word: "handed over by a team", icon: UserRound },
};

export function ReviewItem({ item }: { item: Item }) {
  const { word, icon: Icon } = KINDS[item.kind];
  return (
    <li>
      <details className="group py-1">
        <summary
          data-nav
          className="flex min-h-11 items-center gap-3 rounded-lg px-2 py-2 hover:bg-hover [&::-webkit-details-marker]:hidden"
        >
          <Icon aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="min-w-0 flex-1">
            <span dir="auto" className="line-clamp-2 font-medium">
              {item.question || "An answer of the plain API: its text is not stored"}
            </span>
            <span className="block text-xs text-muted">
              {[word, item.collection, ago(item.created_at)].filter(Boolean).join(" · ")}
            </span>
          </span>
          <ChevronRight
            aria-hidden
            className="size-4 shrink-0 text-faint transition-transform duration-100 group-open:rotate-90"
          />
        </summary>
        <Opened item={item} />
      </details>
    </li>
  );
}

function Opened({ item }: { item: Item }) {
  const [note, setNote] = useState(item.note);
  const queries = useQueryClient();
  const settle = useMutation({
    mutationFn: (change: Partial<Pick<Item, "status" | "note">>) => api.settle(item.id, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["review"] }),
  });
  const open = item.status === "open";
  return (
    <div className="space-y-4 px-2 pt-1 pb-4 pl-9 text-sm">
      {item.answer && (
        <section aria-label="The answer">
          <h2 className="eyebrow">Answer</h2>
          <p dir="auto" className="mt-1 break-words whitespace-pre-line">
            {item.answer}
          </p>
        </section>
      )}
      {item.comment && (
        <section aria-label={item.kind === "escalated" ? "Why it was handed over" : "What the reader said"}>
          <h2 className="eyebrow">
            {item.kind === "escalated" ? "Why it was handed over" : "What the reader said"}
          </h2>
          <p dir="auto" className="mt-1 border-l-2 border-line pl-3 text-muted">
            {item.comment}
          </p>
        </section>
      )}
      <p className="text-xs break-all text-faint">Request {item.request_id}</p>
      <label className="block font-medium">
        Note
        <textarea
          className="field field-sizing-content mt-1 min-h-16 py-2 font-normal"
          placeholder="What was wrong, and what was done about it"
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
      {settle.error && <Failure what="The item was not changed." error={settle.error} />}
      <div className="flex flex-wrap gap-2">
        <button
          type="button"
          className={open ? "button-primary" : "button"}
          disabled={settle.isPending}
          onClick={() => settle.mutate({ status: open ? "done" : "open", note })}
        >
          {open ? "Settle" : "Open again"}
        </button>
        <button
          type="button"
          className="button"
          disabled={settle.isPending || note === item.note}
          onClick={() => settle.mutate({ note })}
        >
          Keep the note
        </button>
        {item.collection && (
          <Link
            to="/knowledge/$collection"
            params={{ collection: item.collection }}
            className="button-quiet md:min-h-9"
          >
            Open {item.collection}
          </Link>
        )}
      </div>
    </div>
  );
}
