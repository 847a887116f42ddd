import { queryOptions } from "@tanstack/react-query";
import { api } from "@/shared/api";

export function chunksQuery(collection: string, id: string, version: number) {
  return queryOptions({
    queryKey: ["documents", collection, "chunks", id, version],
    queryFn: ({ signal }) => api.chunks(collection, id, version, signal),
  });
}

export function versionsQuery(collection: string, id: string) {
  return queryOptions({
    queryKey: ["documents", collection, "versions", id],
    queryFn: ({ signal }) => api.versions(collection, id, signal),
  });
}
