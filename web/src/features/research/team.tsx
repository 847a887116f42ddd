/** The five agents in a line, the one at work alive; and what the run has spent of its budget. */
import { FilePenLine, ListTree, Scale, Search, UserRound, Wrench } from "lucide-react";
import { usd } from "@/shared/format";
import type { Agent, Run, RunEvent } from "@/shared/research-types";
import { Bar } from "@/shared/ui/states";
import { team, WHAT_THEY_DO } from "./progress";

const ICONS: Record<Agent, typeof Search> = {
  researcher: Search,
  analyst: ListTree,
  writer: FilePenLine,
  critic: Scale,
  editor: Wrench,
};

/** The sign of an agent; those of other teams share one. */
export function iconOf(agent: string): typeof Search {
  return ICONS[agent as Agent] ?? UserRound;
}

/** Whether its sign says who it is: those of other teams, and the program, are named. */
export function hasOwnIcon(agent: string): boolean {
  return agent in ICONS || agent === "person";
}

export function Team({ run, events }: { run: Run; events: RunEvent[] }) {
  const states = team(run, events);
  if (states.length === 0) return null;
  return (
    <section aria-label="The team">
      <ol className="grid grid-cols-1 gap-px overflow-hidden rounded-xl border border-line bg-line sm:auto-cols-fr sm:grid-flow-col">
        {states.map(({ agent, done, alive }) => {
          const Icon = iconOf(agent);
          return (
            <li
              key={agent}
              aria-current={alive ? "step" : undefined}
              className={`flex items-center gap-3 px-3.5 py-2.5 sm:block sm:px-3 sm:py-3 ${alive ? "bg-accent-soft" : "bg-raised"}`}
            >
              <span className="flex items-center gap-2">
                <Icon
                  aria-hidden
                  className={`size-4 shrink-0 ${alive ? "pulse-dot text-accent" : done ? "text-accent" : "text-faint"}`}
                />
                <span className={`text-sm font-medium capitalize ${done || alive ? "" : "text-muted"}`}>
                  {agent}
                </span>
              </span>
              <span className="ml-auto text-xs text-muted tabular-nums sm:mt-0.5 sm:block">
                {done || (alive ? "at work" : WHAT_THEY_DO[agent]?.toLowerCase())}
                {alive && <span className="sr-only">, at work now</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export function Spent({ run }: { run: Run }) {
  const { spent, settings } = run;
  const { budget } = settings;
  const rows = [
    {
      label: "Tokens",
      value: spent.tokens,
      total: budget.tokens,
      words: `${spent.tokens.toLocaleString("en")} of ${budget.tokens.toLocaleString("en")}`,
    },
    {
      label: "Cost",
      value: Number(spent.usd),
      total: Number(budget.usd),
      words: `${usd(spent.usd)} of ${usd(budget.usd)}`,
    },
    {
      label: "Time at work",
      value: spent.seconds,
      total: budget.seconds,
      words: `${spent.seconds.toFixed(1)} of ${budget.seconds.toLocaleString("en")} s`,
    },
  ];
  return (
    <dl aria-label="Spent so far" className="grid grid-cols-1 gap-x-6 gap-y-3 sm:grid-cols-3">
      {rows.map(({ label, value, total, words }) => (
        <div key={label}>
          <dt className="text-xs text-faint">{label}</dt>
          <dd>
            <span className="text-sm tabular-nums">{words}</span>
            <div className="mt-1">
              <Bar value={value} total={total} label={`${label} spent`} />
            </div>
          </dd>
        </div>
      ))}
    </dl>
  );
}
