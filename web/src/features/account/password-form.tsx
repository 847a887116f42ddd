/** A new password for the old one. Every other session ends with it. */
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "@/shared/api";
import { Failure } from "@/shared/ui/states";

export function PasswordForm({ email }: { email: string }) {
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const change = useMutation({
    mutationFn: async () => {
      await api.me(); // a session that has to be renewed is renewed here: a wrong password must not look like one
      await api.changePassword(before, after);
    },
    onSettled: () => setBefore(""),
    onSuccess: () => setAfter(""),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (before && after) change.mutate();
  };
  return (
    <section aria-labelledby="password">
      <h2 id="password" className="text-lg font-semibold">
        Password
      </h2>
      <p className="mt-1 text-muted">A new one ends every other session of yours.</p>
      <form className="mt-4 max-w-sm space-y-3" onSubmit={submit}>
        <input type="hidden" autoComplete="username" value={email} />
        <label className="block text-sm font-medium">
          Old password
          <input
            className="field mt-1 font-normal"
            type="password"
            autoComplete="current-password"
            value={before}
            onChange={(event) => setBefore(event.target.value)}
          />
        </label>
        <label className="block text-sm font-medium">
          New password
          <input
            className="field mt-1 font-normal"
            type="password"
            autoComplete="new-password"
            value={after}
            onChange={(event) => setAfter(event.target.value)}
          />
        </label>
        {change.error && <Failure what="The password is the old one still." error={change.error} />}
        <div className="flex items-center gap-3">
          <button type="submit" className="button" disabled={!before || !after || change.isPending}>
            Change password
          </button>
          <span role="status" className="text-sm text-good">
            {change.isSuccess && "Changed."}
          </span>
        </div>
      </form>
    </section>
  );
}
