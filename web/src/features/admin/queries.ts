/** What the administration asks. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "@/shared/api";
import type { UsageBy } from "@/shared/types";

export const usersQuery = infiniteQueryOptions({
  queryKey: ["admin", "users"],
  queryFn: ({ pageParam, signal }) => api.admin.users(pageParam, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next,
  select: ({ pages }) => pages.flatMap(({ data }) => data),
});

export const keysQuery = queryOptions({
  queryKey: ["admin", "keys"],
  queryFn: ({ signal }) => api.admin.keys(signal),
  select: (reply) => reply.data,
});

export const topicsQuery = queryOptions({
  queryKey: ["admin", "topics"],
  queryFn: ({ signal }) => api.admin.topics(signal),
  select: (reply) => reply.data,
});

/** Looked at again while the page is open: a breaker changes by itself. */
export const standingsQuery = queryOptions({
  queryKey: ["admin", "models"],
  queryFn: ({ signal }) => api.admin.models(signal),
  select: (reply) => reply.data,
  refetchInterval: 15_000,
});

export const guardsQuery = queryOptions({
  queryKey: ["admin", "guards"],
  queryFn: ({ signal }) => api.admin.guards(signal),
});

export function workspaceUsageQuery(by: UsageBy) {
  return queryOptions({
    queryKey: ["admin", "usage", by],
    queryFn: ({ signal }) => api.admin.usage(by, "30d", signal),
  });
}
