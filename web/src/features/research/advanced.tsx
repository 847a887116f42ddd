/** What most runs do well without: a model, a team and who leads it, addresses to read, a budget, approval. */
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useId } from "react";
import { modelsQuery } from "@/shared/queries";
import type { Budget, Gate } from "@/shared/research-types";
import { teamsQuery } from "./queries";
import type { PartProps } from "./start-form";
import { FIVE } from "./wanted";

export function Advanced({ wanted, change }: PartProps) {
  const models = useQuery(modelsQuery).data ?? [];
  const team = useQuery(teamsQuery).data?.find(({ name }) => name === wanted.team);
  const usual = team?.budget ?? USUAL;
  const pages = wanted.sources.includes("pages");
  const id = useId();
  return (
    <>
      {pages && (
        <div className="mt-4">
          <label className="text-sm font-medium" htmlFor={`${id}-addresses`}>
            Addresses to read
          </label>
          <textarea
            id={`${id}-addresses`}
            rows={2}
            className="field mt-1 field-sizing-content py-2"
            placeholder="https://…, one a line"
            value={wanted.addresses}
            onChange={(event) => change({ addresses: event.target.value })}
          />
        </div>
      )}
      <details className="group mt-3">
        <summary className="flex min-h-11 list-none items-center gap-1.5 text-sm text-muted hover:text-ink md:min-h-9">
          <ChevronRight
            aria-hidden
            className="size-4 transition-transform duration-100 group-open:rotate-90"
          />
          Model, team, budget, approval
        </summary>
        <div className="grid gap-4 pt-2 sm:grid-cols-2">
          <label className="text-sm">
            <span className="font-medium">Model</span>
            <select
              className="field mt-1"
              value={wanted.model}
              onChange={(event) => change({ model: event.target.value })}
            >
              <option value="">the usual one</option>
              {models.map(({ id: name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <TeamChoice wanted={wanted} change={change} />
          {wanted.team === FIVE && <Lead wanted={wanted} change={change} />}
          <div className="flex items-end sm:col-span-1">
            <Approval
              gate="report"
              word="Show me the result before it is done"
              wanted={wanted}
              change={change}
            />
          </div>
          <fieldset className="grid grid-cols-3 gap-3 sm:col-span-2">
            <legend className="mb-1 text-sm font-medium">
              Budget <span className="font-normal text-muted">empty: the usual</span>
            </legend>
            <Amount
              label="Tokens"
              placeholder={usual.tokens.toLocaleString("en")}
              value={wanted.tokens}
              keep={(tokens) => change({ tokens })}
            />
            <Amount
              label="US dollars"
              placeholder={usual.usd}
              value={wanted.usd}
              keep={(usd) => change({ usd })}
            />
            <Amount
              label="Minutes"
              placeholder={(usual.seconds / 60).toLocaleString("en")}
              value={wanted.minutes}
              keep={(minutes) => change({ minutes })}
            />
          </fieldset>
        </div>
      </details>
    </>
  );
}

const USUAL: Budget = { tokens: 500_000, usd: "2", seconds: 900 };

interface ApprovalProps extends PartProps {
  gate: Gate;
  word: string;
}

export function Approval({ gate, word, wanted, change }: ApprovalProps) {
  const others = wanted.approve.filter((one) => one !== gate);
  return (
    <label className="flex min-h-11 items-center gap-2.5 text-sm md:min-h-9">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={wanted.approve.includes(gate)}
        onChange={(event) => change({ approve: event.target.checked ? [...others, gate] : others })}
      />
      {word}
    </label>
  );
}

function Lead({ wanted, change }: PartProps) {
  return (
    <label className="text-sm">
      <span className="font-medium">Led by</span>
      <select
        className="field mt-1"
        value={wanted.orchestrator}
        onChange={(event) => change({ orchestrator: event.target.value === "team" ? "team" : "graph" })}
      >
        <option value="graph">a graph (LangGraph)</option>
        <option value="team">a group chat (AutoGen)</option>
      </select>
    </label>
  );
}

function TeamChoice({ wanted, change }: PartProps) {
  const teams = useQuery(teamsQuery).data ?? [];
  const chosen = teams.find(({ name }) => name === wanted.team);
  return (
    <label className="text-sm">
      <span className="font-medium">Team</span>
      <select
        className="field mt-1"
        value={wanted.team}
        onChange={(event) => change({ team: event.target.value })}
      >
        <option value={FIVE}>The five agents: a report</option>
        {teams.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      {chosen && (
        <span className="mt-1 block text-xs text-muted">
          {chosen.purpose}
          {chosen.needs_model && " It needs a language model."}
        </span>
      )}
    </label>
  );
}

interface AmountProps {
  label: string;
  placeholder: string;
  value: string;
  keep: (value: string) => void;
}

function Amount({ label, placeholder, value, keep }: AmountProps) {
  return (
    <label className="text-xs text-muted">
      {label}
      <input
        inputMode="decimal"
        className="field mt-0.5 tabular-nums"
        placeholder={placeholder}
        value={value}
        onChange={(event) => keep(event.target.value)}
      />
    </label>
  );
}
