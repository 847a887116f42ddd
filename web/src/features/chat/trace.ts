/** Reading a trace: names for chunks, and the lines between the rankings. Pure. */
import type { Ranked, Trace } from "@/shared/types";

/** chunk id → the best name the trace has for it. */
export function titlesOf(trace: Trace): Map<string, string> {
  const titles = new Map<string, string>();
  for (const ranking of [trace.fused, trace.keyword, trace.vector, trace.reranked]) {
    for (const { chunk_id, title, heading_path } of ranking ?? []) {
      const name = heading_path?.at(-1) || title;
      if (name && !titles.has(String(chunk_id))) titles.set(String(chunk_id), name);
    }
  }
  return titles;
}

export interface Line {
  chunk: string;
  from: number;
  to: number;
}

/** Lines from row `from` of a ranking to row `to` of the fused one, for chunks that both show. */
export function linesBetween(ranking: Ranked[], fused: Ranked[]): Line[] {
  const rows = new Map(fused.map(({ chunk_id }, row) => [String(chunk_id), row]));
  return ranking.flatMap(({ chunk_id }, from) => {
    const to = rows.get(String(chunk_id));
    return to === undefined ? [] : [{ chunk: String(chunk_id), from, to }];
  });
}

export function byRank(ranking: Ranked[] | undefined, shown: number): Ranked[] {
  return (ranking ?? []).toSorted((a, b) => a.rank - b.rank).slice(0, shown);
}

type Dropped = NonNullable<Trace["dropped"]>;

/** What was left out, gathered by the reason for it, in the order the reasons first appear. */
export function byReason(dropped: Dropped): Map<string, Dropped> {
  const groups = new Map<string, Dropped>();
  for (const one of dropped) groups.set(one.reason, [...(groups.get(one.reason) ?? []), one]);
  return groups;
}

const STEPS: Record<string, string> = {
  rewrite: "Put the question into words of its own",
  open: "Open the collection",
  embed: "Embed the question",
  vectors: "Search by meaning",
  keywords: "Search by words",
  fuse: "Join the two rankings",
  passages: "Load the passages",
  collapse: "Fold near-duplicates",
  rerank: "Rank again",
  parents: "Widen to the section",
  answer: "Write and check the answer",
};

const FEATURES: Record<string, string> = {
  nearest: "Nearest passage, cosine",
  closeness: "Mean of the best passages, cosine",
  coverage: "Share of the question's words found",
  agreement: "Both rankings agree",
};

/** What a step does, in words; a step of a newer server keeps its name. */
export function stepWord(name: string): string {
  return STEPS[name] ?? name.replaceAll("_", " ");
}

/** What a figure of the confidence means. */
export function featureWord(name: string): string {
  return FEATURES[name] ?? name.replaceAll("_", " ");
}
