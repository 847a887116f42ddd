/** Begins a run: one field, where to look, how deep; the rest is folded away. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Globe } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { researchApi } from "@/shared/research-api";
import type { RunSource } from "@/shared/research-types";
import { Failure } from "@/shared/ui/states";
import { Advanced, Approval } from "./advanced";
import { Collections } from "./collections";
import { keepRun, sourcesQuery } from "./queries";
import { DEPTHS, FIVE, problem, type Wanted, wantedRun } from "./wanted";

export function StartForm({ first }: { first: Wanted }) {
  const [wanted, setWanted] = useState<Wanted>(first);
  const navigate = useNavigate();
  const change = (values: Partial<Wanted>) => setWanted((before) => ({ ...before, ...values }));
  const begin = useMutation({
    mutationFn: () => researchApi.begin(wantedRun(wanted)),
    onSuccess: (run) => {
      keepRun(run);
      void navigate({ to: "/research/$run", params: { run: run.id } });
    },
  });
  const wrong = problem(wanted);
  const ready = wanted.topic.trim().length > 2 && wrong === "";
  const five = wanted.team === FIVE;
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (ready && !begin.isPending) begin.mutate();
  };
  return (
    <form className="mt-6 rounded-xl border border-line-strong/60 bg-raised p-4 md:p-5" onSubmit={submit}>
      <label className="text-sm font-medium" htmlFor="question">
        What do you want to know?
      </label>
      <textarea
        id="question"
        rows={2}
        maxLength={2000}
        className="field mt-1.5 field-sizing-content max-h-60 min-h-18 py-2 md:text-base"
        placeholder="A question or a topic, as broad as a report should be"
        value={wanted.topic}
        onChange={(event) => change({ topic: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
        }}
      />
      <div className="mt-4 grid gap-x-8 gap-y-4 sm:grid-cols-2">
        <Sources wanted={wanted} change={change} />
        {five && <Depth wanted={wanted} change={change} />}
      </div>
      {wanted.sources.includes("collections") && <Collections wanted={wanted} change={change} />}
      <Advanced wanted={wanted} change={change} />
      {begin.error && (
        <div className="mt-4">
          <Failure what="The research was not begun." error={begin.error} />
        </div>
      )}
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
        {wrong ? (
          <p role="status" className="text-sm text-warn">
            {wrong}
          </p>
        ) : five ? (
          <Approval gate="outline" word="Show me the outline first" wanted={wanted} change={change} />
        ) : (
          <span />
        )}
        <button type="submit" className="button-primary px-5" disabled={!ready || begin.isPending}>
          Begin
        </button>
      </div>
    </form>
  );
}

export interface PartProps {
  wanted: Wanted;
  change: (values: Partial<Wanted>) => void;
}

const NAMES: Record<string, string> = {
  collections: "Your collections",
  wikipedia: "Wikipedia",
  arxiv: "arXiv",
  web: "Web search",
  pages: "Addresses you name",
};

/** Those that everybody knows first, in the order of their names here. */
function inOrder(sources: RunSource[]): RunSource[] {
  const known = Object.keys(NAMES);
  const rank = ({ name }: RunSource) => (known.includes(name) ? known.indexOf(name) : known.length);
  return sources.toSorted((a, b) => rank(a) - rank(b));
}

function Sources({ wanted, change }: PartProps) {
  const sources = useQuery(sourcesQuery);
  if (sources.error)
    return (
      <Failure
        what="The sources could not be loaded."
        error={sources.error}
        onRetry={() => void sources.refetch()}
      />
    );
  return (
    <fieldset>
      <legend className="text-sm font-medium">Where to look</legend>
      <div className="mt-1">
        {inOrder(sources.data ?? []).map(({ name, ready, missing, network }) => (
          <label
            key={name}
            className={`flex min-h-11 items-start gap-2.5 py-1.5 text-sm md:min-h-8 md:py-1 ${ready ? "" : "text-muted"}`}
          >
            <input
              type="checkbox"
              className="mt-1 size-4 shrink-0 accent-accent"
              disabled={!ready}
              checked={ready && wanted.sources.includes(name)}
              onChange={(event) =>
                change({
                  sources: event.target.checked
                    ? [...wanted.sources, name]
                    : wanted.sources.filter((one) => one !== name),
                })
              }
            />
            <span className="min-w-0">
              {NAMES[name] ?? name}
              {network && ready && (
                <Globe
                  aria-label="asks the network"
                  className="ml-1.5 inline size-3.5 align-[-2px] text-faint"
                />
              )}
              {missing && <span className="block text-xs break-words">{missing}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Depth({ wanted, change }: PartProps) {
  return (
    <fieldset>
      <legend className="text-sm font-medium">How deep</legend>
      <div className="mt-1">
        {DEPTHS.map((depth) => (
          <label
            key={depth.name}
            className="flex min-h-11 items-start gap-2.5 py-1.5 text-sm md:min-h-8 md:py-1"
          >
            <input
              type="radio"
              name="depth"
              className="mt-1 size-4 shrink-0 accent-accent"
              checked={wanted.depth === depth.name}
              onChange={() => change({ depth: depth.name })}
            />
            <span>
              {depth.word}
              <span className="block text-xs text-muted">
                {depth.questions} questions, {depth.sections} sections
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
