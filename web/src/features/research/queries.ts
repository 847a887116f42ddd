/** What the pages of research ask the server, with one cache key each. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { queryClient } from "@/shared/query-client";
import { researchApi } from "@/shared/research-api";
import type { Run } from "@/shared/research-types";

const LIVE_MS = 2000;

export const runsQuery = infiniteQueryOptions({
  queryKey: ["research", "list"],
  queryFn: ({ pageParam, signal }) => researchApi.list(pageParam || undefined, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next,
  select: ({ pages }) => pages.flatMap((page) => page.data),
  // The list shows what is going on: it is asked again while anything is.
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.data.some((run) => run.status === "running")) ? LIVE_MS : false,
});

export const sourcesQuery = queryOptions({
  queryKey: ["research", "sources"],
  queryFn: ({ signal }) => researchApi.sources(signal),
  select: (reply) => reply.data,
  staleTime: 60_000,
});

export const teamsQuery = queryOptions({
  queryKey: ["research", "teams"],
  queryFn: ({ signal }) => researchApi.teams(signal),
  select: (reply) => reply.data,
  staleTime: 60_000,
});

export function runQuery(run: string) {
  return queryOptions({
    queryKey: ["research", "run", run],
    queryFn: ({ signal }) => researchApi.one(run, signal),
    refetchInterval: ({ state }) => (state.data?.status === "running" ? LIVE_MS : false),
  });
}

export function outlineQuery(run: string) {
  return queryOptions({
    queryKey: ["research", "outline", run],
    queryFn: ({ signal }) => researchApi.outline(run, signal),
    refetchOnWindowFocus: false, // it is being edited
  });
}

/** Another report after a revision is another question: `updated` tells them apart. */
export function reportQuery(run: Run) {
  return queryOptions({
    queryKey: ["research", "report", run.id, run.status === "running" ? "" : run.updated_at],
    queryFn: ({ signal }) => researchApi.report(run.id, signal),
    enabled: run.has_report,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function evidenceQuery(run: string, id: string) {
  return queryOptions({
    queryKey: ["research", "evidence", run, id],
    queryFn: ({ signal }) => researchApi.evidence(run, id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function whyQuery(run: string, section: string, sentence: number) {
  return queryOptions({
    queryKey: ["research", "why", run, section, sentence],
    queryFn: ({ signal }) => researchApi.why(run, section, sentence, signal),
  });
}

/** A run changed: what is shown of it, and of the list, is asked again. */
export function refreshRun(run: string): void {
  void queryClient.invalidateQueries({ queryKey: ["research", "run", run] });
  void queryClient.invalidateQueries({ queryKey: ["research", "list"] });
}

/** What the server said a run is now. */
export function keepRun(run: Run): void {
  queryClient.setQueryData(runQuery(run.id).queryKey, run);
  void queryClient.invalidateQueries({ queryKey: ["research", "list"] });
}

/** What the deletion of a run is called while it can be undone. */
export function deletionOf(run: string): string {
  return `research ${run}`;
}
