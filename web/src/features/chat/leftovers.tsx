/** Conversations that an older version kept in this browser only: offered once to be kept on the server. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { plural } from "@/shared/format";
import { useStore } from "@/shared/store";
import { SecondLook } from "@/shared/ui/second-look";
import { keepOnServer, leftovers } from "./kept-here";
import { refreshLists } from "./queries";

export function Leftovers() {
  const left = useStore(leftovers);
  const [told, setTold] = useState<string | null>(null);
  const keep = useMutation({
    mutationFn: keepOnServer,
    onSuccess: (report) => {
      setTold(report);
      void refreshLists();
    },
  });
  if (left.length === 0)
    return (
      told && (
        <p role="status" className="mx-2 mb-3 text-xs text-muted">
          {told}
        </p>
      )
    );
  const count = plural(left.length, "conversation");
  return (
    <section
      aria-label="Conversations in this browser"
      className="mx-1 mb-3 rounded-xl border border-line bg-page p-3 text-sm"
    >
      <p>
        {count} {left.length === 1 ? "is" : "are"} only in this browser.
      </p>
      {keep.error && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {left.length === 1 ? "It was" : "They were"} not moved: {keep.error.message}
        </p>
      )}
      <div className="mt-2 flex flex-wrap items-center gap-1">
        <button
          type="button"
          className="button bg-page"
          disabled={keep.isPending}
          onClick={() => keep.mutate()}
        >
          {keep.isPending ? "Moving…" : "Keep on the server"}
        </button>
        <SecondLook
          word="Delete"
          label={`Delete ${count} from this browser`}
          sure="Delete them"
          keep="Keep"
          danger
          disabled={keep.isPending}
          onSure={() => leftovers.set([])}
        />
      </div>
    </section>
  );
}
