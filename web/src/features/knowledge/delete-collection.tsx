/** Deleting a whole collection asks for its name. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/shared/api";
import { plural } from "@/shared/format";
import { Failure } from "@/shared/ui/states";

export function DeleteCollection({ name, documents }: { name: string; documents: number }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const discard = useMutation({
    mutationFn: () => api.deleteCollection(name),
    onSuccess: async () => {
      await navigate({ to: "/knowledge" });
      queries.removeQueries({ queryKey: ["documents", name] });
      void queries.invalidateQueries({ queryKey: ["collections"] });
    },
  });
  if (!open) {
    return (
      <button type="button" className="button-quiet mt-12 -ml-2" onClick={() => setOpen(true)}>
        Delete this collection…
      </button>
    );
  }
  return (
    <form
      className="mt-12 max-w-lg rounded-xl border border-bad/50 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed === name) discard.mutate();
      }}
    >
      <label className="text-sm" htmlFor="collection-to-delete">
        This deletes {plural(documents, "document")} with all versions, for good. Type <strong>{name}</strong>{" "}
        to go ahead.
      </label>
      <div className="mt-2 flex flex-wrap gap-2">
        <input
          id="collection-to-delete"
          className="field flex-1"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="button-danger" disabled={typed !== name || discard.isPending}>
          Delete
        </button>
        <button type="button" className="button" onClick={() => setOpen(false)}>
          Keep
        </button>
      </div>
      {discard.error && (
        <div className="mt-3">
          <Failure what="The collection was not deleted." error={discard.error} />
        </div>
      )}
    </form>
  );
}
