/** What the account page asks. */
import { queryOptions } from "@tanstack/react-query";
import { ApiError, api } from "@/shared/api";

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => api.keys(signal),
  select: (reply) => reply.data,
});

/** null where the server keeps no usage. */
export const usageQuery = queryOptions({
  queryKey: ["usage"],
  queryFn: ({ signal }) =>
    api.usage(signal).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }),
});
