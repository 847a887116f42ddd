/** While embeddings are still being made: how many, how fast, how long. Keyword search works meanwhile. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "@/shared/api";
import { duration } from "@/shared/format";
import { Bar } from "@/shared/ui/states";

const POLL_MS = 1500;

interface EmbeddingProgressProps {
  collection: string;
  pending: number;
}

export function EmbeddingProgress({ collection, pending }: EmbeddingProgressProps) {
  const queries = useQueryClient();
  const progress = useQuery({
    queryKey: ["progress", collection],
    queryFn: ({ signal }) => api.progress(collection, signal),
    enabled: pending > 0,
    refetchInterval: ({ state }) => (state.data && state.data.pending === 0 ? false : POLL_MS),
  });
  const { data } = progress;
  const left = data?.pending;

  // Each poll also moves the figures of the table, and the last one ends the polling.
  useEffect(() => {
    if (left === undefined) return;
    void queries.invalidateQueries({ queryKey: ["collections"] });
    // a next page that is being fetched is not to be lost
    void queries.invalidateQueries({ queryKey: ["documents", collection] }, { cancelRefetch: false });
  }, [left, queries, collection]);

  if (!data || data.pending === 0) return null;
  const rate =
    data.rate_per_s > 0 ? `${data.rate_per_s.toFixed(data.rate_per_s < 10 ? 1 : 0)} a second` : "starting";
  return (
    <section aria-label="Embedding" className="mt-4 text-sm">
      <div className="mb-1.5 flex flex-wrap justify-between gap-x-4 text-muted">
        <span>
          Embedding: {data.done.toLocaleString("en")} of {(data.done + data.pending).toLocaleString("en")}{" "}
          chunks. Keyword search already finds all of them.
        </span>
        <span className="tabular-nums">
          {rate}
          {data.eta_s !== null && `, ${duration(data.eta_s)} left`}
        </span>
      </div>
      <Bar value={data.done} total={data.done + data.pending} label="Chunks embedded" />
    </section>
  );
}
