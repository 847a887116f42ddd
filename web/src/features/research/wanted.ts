/** What the form asks for, and the run that follows from it. Pure. */
import type { Gate, NewRun } from "@/shared/research-types";

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
  depth: "usual",
  approve: [],
  tokens: "",
  usd: "",
  minutes: "",
};

function amount(typed: string): number | undefined {
  const value = Number(typed.replaceAll(",", "").trim());
  return typed.trim() && Number.isFinite(value) ? value : undefined;
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
  };
}
