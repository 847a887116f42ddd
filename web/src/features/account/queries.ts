/** What the account page asks. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/shared/api";
import type { UsageBy } from "@/shared/types";

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => api.keys(signal),
  select: (reply) => reply.data,
});

export function usageQuery(by: UsageBy) {
  return queryOptions({
    queryKey: ["usage", "own", by],
    queryFn: ({ signal }) => api.usage(by, "30d", signal),
  });
}
