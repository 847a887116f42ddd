/** Making a key. It is shown once, and only here. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "@/shared/api";
import type { MadeKey } from "@/shared/types";
import { Failure } from "@/shared/ui/states";
import { keysQuery } from "./queries";

const LIFETIMES: [string, number | undefined][] = [
  ["30 days", 30],
  ["90 days", 90],
  ["a year", 365],
  ["without end", undefined],
];

export function NewKey({ scopes }: { scopes: string[] }) {
  const [name, setName] = useState("");
  const [lifetime, setLifetime] = useState(1);
  const [without, setWithout] = useState<string[]>([]);
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => {
      const days = LIFETIMES[lifetime]?.[1];
      return api.createKey({
        name: name.trim(),
        ...(without.length > 0 ? { scopes: scopes.filter((scope) => !without.includes(scope)) } : {}),
        ...(days === undefined ? {} : { days }),
      });
    },
    onSuccess: () => {
      setName("");
      void queries.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) make.mutate();
  };
  const toggle = (scope: string) =>
    setWithout(without.includes(scope) ? without.filter((one) => one !== scope) : [...without, scope]);
  return (
    <>
      {make.data && <Made made={make.data} onDone={make.reset} />}
      <form className="mt-6 max-w-lg space-y-3" onSubmit={submit}>
        <div className="flex flex-wrap items-end gap-2">
          <label className="min-w-0 flex-1 basis-48 text-sm font-medium">
            New key
            <input
              className="field mt-1 font-normal"
              placeholder="what it is for"
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          <label className="text-sm font-medium">
            Good for
            <select
              className="field mt-1 font-normal"
              value={lifetime}
              onChange={(event) => setLifetime(Number(event.target.value))}
            >
              {LIFETIMES.map(([words], index) => (
                <option key={words} value={index}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <button
            type="submit"
            className="button"
            disabled={!name.trim() || make.isPending || without.length === scopes.length}
          >
            Make key
          </button>
        </div>
        <details className="text-sm">
          <summary className="min-h-11 py-2 text-muted md:min-h-8 md:py-1">
            It may do{" "}
            {without.length === 0 ? "everything you may" : `${scopes.length - without.length} things`}
          </summary>
          <fieldset className="mt-1 grid gap-x-6 sm:grid-cols-2">
            <legend className="sr-only">What the key may do</legend>
            {scopes.map((scope) => (
              <label key={scope} className="flex min-h-11 items-center gap-2 md:min-h-8">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={!without.includes(scope)}
                  onChange={() => toggle(scope)}
                />
                {scope}
              </label>
            ))}
          </fieldset>
        </details>
        {make.error && <Failure what="The key was not made." error={make.error} />}
      </form>
    </>
  );
}

function Made({ made, onDone }: { made: MadeKey; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(made.key);
    setCopied(true);
  };
  return (
    <div role="status" className="mt-6 max-w-lg rounded-xl border border-accent/60 bg-accent-soft p-4">
      <p className="text-sm">
        <strong>{made.name}</strong> is made. Take the key now: it is not shown again.
      </p>
      <input
        readOnly
        aria-label={`Key ${made.name}`}
        className="field mt-2 font-mono text-sm"
        value={made.key}
        onFocus={(event) => event.target.select()}
      />
      <div className="mt-3 flex gap-2">
        <button type="button" className="button-primary" onClick={() => void copy()}>
          {copied ? "Copied" : "Copy"}
        </button>
        <button type="button" className="button" onClick={onDone}>
          Done
        </button>
      </div>
    </div>
  );
}
