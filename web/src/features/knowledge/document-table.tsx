/** The documents of a collection: filtered by a few letters, loaded page by page. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { api } from "@/shared/api";
import { ago, characters, exactly, shortSource } from "@/shared/format";
import { useStore } from "@/shared/store";
import type { Doc } from "@/shared/types";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { pendingActs } from "@/shared/undo";
import { DocumentStatus } from "./document-status";
import { documentKey, useDeleteDocument } from "./use-delete-document";

const PAGE = 100;

export function DocumentTable({ collection }: { collection: string }) {
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const pages = useInfiniteQuery({
    queryKey: ["documents", collection, "list", q],
    queryFn: ({ pageParam, signal }) =>
      api.documents(collection, { q, limit: PAGE, ...(pageParam ? { after: pageParam } : {}) }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (page.has_more ? page.next : null),
    placeholderData: keepPreviousData,
  });
  const going = useStore(pendingActs).map(({ key }) => key);
  const rows = (pages.data?.pages.flatMap((page) => page.data) ?? []).filter(
    (row) => !going.includes(documentKey(row)),
  );
  const empty = pages.data && rows.length === 0;
  return (
    <section aria-label="Documents" className="@container mt-8">
      <input
        type="search"
        aria-label="Filter documents"
        placeholder="Filter by title or source"
        className="field max-w-sm"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="mt-3">
        {pages.isPending && <Skeleton lines={6} label="Loading the documents" />}
        {pages.error && (
          <Failure
            what="The documents could not be loaded."
            error={pages.error}
            onRetry={() => void pages.refetch()}
          />
        )}
        {empty && q === "" && <Empty title="No documents yet">Drop files anywhere on this page.</Empty>}
        {empty && q !== "" && <Empty title={`No document is named like “${q}”`} />}
        {rows.length > 0 && <Table rows={rows} />}
        {pages.hasNextPage && (
          <button
            type="button"
            className="button mt-4 w-full"
            disabled={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            {pages.isFetchingNextPage ? "Loading…" : "Show more"}
          </button>
        )}
      </div>
    </section>
  );
}

/** Columns appear as there is room for them: the name of a document comes first. */
const NUMBER = "hidden py-2 pl-4 text-right whitespace-nowrap tabular-nums @2xl:table-cell";
const EXTRA = "hidden py-2 pl-4 text-right whitespace-nowrap tabular-nums @3xl:table-cell";

function Table({ rows }: { rows: Doc[] }) {
  return (
    <table className="w-full text-left text-sm">
      <thead className="text-xs text-faint">
        <tr className="border-b border-line">
          <th scope="col" className="py-2 font-medium">
            Document
          </th>
          <th scope="col" className="py-2 pl-4 font-medium">
            Status
          </th>
          <th scope="col" className={`${EXTRA} font-medium`}>
            Versions
          </th>
          <th scope="col" className={`${NUMBER} font-medium`}>
            Chunks
          </th>
          <th scope="col" className={`${EXTRA} font-medium`}>
            Characters
          </th>
          <th scope="col" className={`${NUMBER} font-medium`}>
            Changed
          </th>
          <th scope="col">
            <span className="sr-only">Delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: Doc }) {
  const discard = useDeleteDocument();
  return (
    <tr data-document={row.id} className="group border-b border-line hover:bg-hover">
      <td className="max-w-0 w-full py-0">
        <Link
          to="/knowledge/$collection/$document"
          params={{ collection: row.collection, document: row.id }}
          data-nav
          className="block min-h-11 py-2"
        >
          <span dir="auto" className="block truncate font-medium" title={row.title}>
            {row.title || row.source}
          </span>
          <span className="block truncate text-xs text-muted" title={row.source}>
            {shortSource(row.source)}
          </span>
        </Link>
      </td>
      <td className="py-2 pl-4 whitespace-nowrap">
        <DocumentStatus document={row} />
      </td>
      <td className={EXTRA}>{row.versions}</td>
      <td className={NUMBER}>{row.chunks.toLocaleString("en")}</td>
      <td className={EXTRA}>{characters(row.size_chars)}</td>
      <td className={`${NUMBER} text-muted`} title={exactly(row.updated_at)}>
        {ago(row.updated_at)}
      </td>
      <td className="pl-2">
        <button
          type="button"
          className="button-quiet"
          aria-label={`Delete ${row.title || row.source}`}
          onClick={() => discard(row)}
        >
          <Trash2 aria-hidden className="size-4" />
        </button>
      </td>
    </tr>
  );
}
