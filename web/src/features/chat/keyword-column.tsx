/** Plain keyword search beside the cited answer, so that anyone can judge what the answer adds. */
import { useQuery } from "@tanstack/react-query";
import { api } from "@/shared/api";
import { place, sourceName } from "@/shared/format";
import { Failure, Skeleton } from "@/shared/ui/states";
import { useChatPanel } from "./use-source";

const SHOWN = 5;

export function KeywordColumn({ collection, question }: { collection: string; question: string }) {
  const { openSource } = useChatPanel();
  const hits = useQuery({
    queryKey: ["search", collection, question, "keyword"],
    queryFn: ({ signal }) => api.search(collection, { query: question, k: SHOWN, mode: "keyword" }, signal),
    staleTime: 60_000,
  });
  return (
    <section aria-label="Plain keyword search" className="min-w-0 @4xl:border-l @4xl:border-line @4xl:pl-6">
      <h3 className="eyebrow">Plain keyword search</h3>
      {hits.isPending && <Skeleton lines={5} label="Searching" />}
      {hits.error && (
        <Failure what="The search failed." error={hits.error} onRetry={() => void hits.refetch()} />
      )}
      {hits.data?.data.length === 0 && (
        <p className="mt-2 text-sm text-muted">No passage contains these words.</p>
      )}
      <ol className="mt-1 -mx-2">
        {hits.data?.data.map((hit) => (
          <li key={hit.chunk_id}>
            <button
              type="button"
              data-nav
              className="w-full rounded-lg px-2 py-2 text-left text-sm hover:bg-hover"
              onClick={() => openSource(collection, hit)}
            >
              <span className="font-medium">{hit.title}</span>
              <span className="block truncate text-xs text-muted">
                {place(hit.page, hit.heading_path, hit.title) || sourceName(hit.source)}
              </span>
              <span className="mt-0.5 line-clamp-3 text-muted">{hit.text}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
