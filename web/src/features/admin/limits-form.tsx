/** The limits and budgets of one account, in place of those of its tier. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "@/shared/api";
import type { Account } from "@/shared/types";
import { Failure } from "@/shared/ui/states";
import { FIELDS, limitsOf, wordsOf } from "./own-limits";
import { usersQuery } from "./queries";

export function LimitsForm({ user, onDone }: { user: Account; onDone: () => void }) {
  const [words, setWords] = useState(() => wordsOf(user.limits));
  const queries = useQueryClient();
  const read = limitsOf(words);
  const save = useMutation({
    mutationFn: () => api.admin.changeUser(user.id, { limits: read.limits }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: usersQuery.queryKey });
      onDone();
    },
  });
  const called = user.name || user.email;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (read.wrong.length === 0) save.mutate();
  };
  return (
    <form
      aria-label={`Limits of ${called}`}
      className="mt-3 rounded-xl border border-line bg-raised p-4"
      onSubmit={submit}
    >
      <p className="text-sm text-muted">
        What is left empty is as the tier says; <em>none</em> is without a limit.
      </p>
      <div className="mt-3 grid gap-3 sm:grid-cols-3">
        {FIELDS.map(({ name, word }) => (
          <label key={name} className="text-sm font-medium">
            {word}
            <input
              className="field mt-1 font-normal tabular-nums"
              inputMode="decimal"
              placeholder={`as ${user.tier}`}
              aria-invalid={read.wrong.includes(name)}
              value={words[name] ?? ""}
              onChange={(event) => setWords({ ...words, [name]: event.target.value })}
            />
          </label>
        ))}
      </div>
      {read.wrong.length > 0 && (
        <p role="alert" className="mt-2 text-sm text-bad">
          A limit is a number, or the word none.
        </p>
      )}
      {save.error && (
        <div className="mt-3">
          <Failure what="The limits were not changed." error={save.error} />
        </div>
      )}
      <div className="mt-4 flex gap-2">
        <button type="submit" className="button-primary" disabled={save.isPending || read.wrong.length > 0}>
          Save
        </button>
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}
