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
