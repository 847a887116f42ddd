/** Signing in: two fields and a button. Nobody is told whether an address has an account. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { api } from "@/shared/api";
import { Failure } from "@/shared/ui/states";
import { safePath } from "./safe-path";

export function SignInPage() {
  const { to } = useSearch({ strict: false });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const queries = useQueryClient();
  const router = useRouter();
  const enter = useMutation({
    mutationFn: () => api.signIn(email.trim(), password),
    onSuccess: () => {
      queries.clear(); // what was asked before was asked by nobody, or by somebody else
      router.history.push(safePath(to));
    },
    onError: () => setPassword(""),
  });
  useEffect(() => {
    document.title = "Sign in – Answerable";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (email.trim() && password) enter.mutate();
  };
  return (
    <div className="flex h-full items-start justify-center overflow-y-auto px-4 pt-[18vh] pb-8">
      <div className="w-full max-w-sm">
        <img src="/favicon.svg" alt="" className="size-8" />
        <h1 className="mt-4 text-2xl font-semibold tracking-tight">Sign in to Answerable</h1>
        <form className="mt-6 space-y-4" onSubmit={submit}>
          <label className="block text-sm font-medium">
            E-mail
            <input
              className="field mt-1 font-normal"
              type="email"
              autoComplete="username"
              required
              // biome-ignore lint/a11y/noAutofocus: the page is for nothing else
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </label>
          <label className="block text-sm font-medium">
            Password
            <input
              className="field mt-1 font-normal"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          {enter.error && <Failure what="You are not signed in." error={enter.error.message} />}
          <button type="submit" className="button-primary w-full" disabled={enter.isPending}>
            {enter.isPending ? "Signing in…" : "Sign in"}
          </button>
        </form>
        <p className="mt-6 text-sm text-muted">
          No account, or the password forgotten? Ask whoever runs this server.
        </p>
      </div>
    </div>
  );
}
