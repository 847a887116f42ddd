/** What the form asks for, and the run that follows from it. Pure. */
import type { Gate, NewRun, Orchestrator, Run } from "@/shared/research-types";

export const DEPTHS = [
  { name: "brief", word: "Brief", questions: 3, passages: 30, sections: 3, max_revisions: 1 },
  { name: "usual", word: "Usual", questions: 6, passages: 60, sections: 5, max_revisions: 2 },
  { name: "deep", word: "Deep", questions: 12, passages: 120, sections: 8, max_revisions: 3 },
] as const;

/** The name of the team of five. */
export const FIVE = "research";

export interface Wanted {
  topic: string;
  sources: string[];
  collections: string[];
  /** One address a line. */
  addresses: string;
  model: string;
  team: string;
  /** Who takes the five agents through their steps. */
  orchestrator: Orchestrator;
  depth: (typeof DEPTHS)[number]["name"];
  approve: Gate[];
  /** As typed; empty leaves it to the server. */
  tokens: string;
  usd: string;
  minutes: string;
}

export const START: Wanted = {
  topic: "",
  sources: ["collections"],
  collections: [],
  addresses: "",
  model: "",
  team: FIVE,
  orchestrator: "graph",
  depth: "usual",
  approve: [],
  tokens: "",
  usd: "",
  minutes: "",
};

function amount(typed: string): number | undefined {
  return typed.trim() ? Number(typed.replaceAll(",", "")) : undefined;
}

/** What keeps it from being begun, in words; "" when nothing does. */
export function problem(wanted: Wanted): string {
  if (wanted.topic.trim().length < 3) return "";
  if (wanted.sources.length === 0) return "Choose at least one place to look.";
  if (wanted.sources.includes("pages") && wanted.sources.length === 1 && !wanted.addresses.trim())
    return "Name at least one address to read.";
  const amounts = [wanted.tokens, wanted.usd, wanted.minutes].map(amount);
  if (amounts.some((value) => value !== undefined && !(value >= 0)))
    return "A budget is a number, like 20,000 or 0.5.";
  return "";
}

/** What a run was asked for, to be asked for again: the budget only where it is not the usual one. */
export function wantedAgain({ topic, settings }: Pick<Run, "topic" | "settings">): Wanted {
  const { budget } = settings;
  const depth = DEPTHS.find(({ questions, sections }) =>
    settings.team === FIVE ? questions === settings.questions && sections === settings.sections : false,
  );
  const other = (value: string, usual: string) => (settings.team === FIVE && value !== usual ? value : "");
  return {
    ...START,
    topic,
    sources: settings.sources.length > 0 ? settings.sources : START.sources,
    collections: settings.collections,
    addresses: settings.addresses.join("\n"),
    model: settings.model,
    team: settings.team,
    orchestrator: settings.orchestrator,
    depth: depth?.name ?? "usual",
    approve: settings.approve,
    tokens: other(String(budget.tokens), "500000"),
    usd: other(budget.usd, "2"),
    minutes: other(String(budget.seconds / 60), "15"),
  };
}

export function wantedRun(wanted: Wanted): NewRun {
  const depth = DEPTHS.find(({ name }) => name === wanted.depth) ?? DEPTHS[1];
  const { questions, passages, sections, max_revisions } = depth;
  const [tokens, usd, minutes] = [amount(wanted.tokens), amount(wanted.usd), amount(wanted.minutes)];
  const addresses = wanted.sources.includes("pages") ? wanted.addresses.split(/\s+/).filter(Boolean) : [];
  return {
    topic: wanted.topic.trim(),
    sources: wanted.sources,
    collections: wanted.sources.includes("collections") ? wanted.collections : [],
    addresses,
    model: wanted.model,
    budget: {
      ...(tokens === undefined ? {} : { tokens: Math.round(tokens) }),
      ...(usd === undefined ? {} : { usd }),
      ...(minutes === undefined ? {} : { seconds: minutes * 60 }),
    },
    // Other teams have no outline.
    approve: wanted.team === FIVE ? wanted.approve : wanted.approve.filter((gate) => gate !== "outline"),
    questions,
    passages,
    sections,
    max_revisions,
    team: wanted.team,
    orchestrator: wanted.team === FIVE ? wanted.orchestrator : "graph",
  };
}
