/** The questions that more than one page puts to the server, with one cache key each. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./api";

export const collectionsQuery = queryOptions({
  queryKey: ["collections"],
  queryFn: ({ signal }) => api.collections(signal),
  select: (reply) => reply.data,
});

/** The collection that is asked when none is named. */
export const usualCollectionQuery = queryOptions({ ...collectionsQuery, select: (reply) => reply.default });

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => api.models(signal),
  select: (reply) => reply.data,
  staleTime: 60_000,
});

export function documentQuery(collection: string, id: string) {
  return queryOptions({
    queryKey: ["documents", collection, "one", id],
    queryFn: ({ signal }) => api.document(collection, id, signal),
  });
}

export function textQuery(collection: string, id: string, version?: number) {
  return queryOptions({
    queryKey: ["text", collection, id, version ?? "latest"],
    queryFn: ({ signal }) => api.text(collection, id, version, signal),
    staleTime: version === undefined ? 0 : Number.POSITIVE_INFINITY,
  });
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => api.me(signal),
  staleTime: 60_000,
});
