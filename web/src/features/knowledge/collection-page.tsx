/** One collection: drop files anywhere on it, see what became of them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { type DragEvent, useEffect, useState } from "react";
import { plural } from "@/shared/format";
import { collectionsQuery } from "@/shared/queries";
import type { Collection } from "@/shared/types";
import { Page } from "@/shared/ui/page";
import { Empty } from "@/shared/ui/states";
import { AddDocuments } from "./add-documents";
import { DeleteCollection } from "./delete-collection";
import { DocumentTable } from "./document-table";
import { droppedFiles } from "./dropped-files";
import { EmbeddingProgress } from "./embedding-progress";
import { UploadList } from "./upload-list";
import { addFiles, whenStored } from "./uploads";

function chunkerName({ chunker }: Collection): string {
  const name = typeof chunker === "object" ? (chunker?.kind ?? chunker?.name) : chunker;
  return typeof name === "string" ? name : "";
}

const LOOK_AGAIN_MS = 2_000;

/** What a change to one collection makes stale. */
export function useRefresh() {
  const queries = useQueryClient();
  return (collection: string) => {
    // a next page that is being fetched is not to be lost
    void queries.invalidateQueries({ queryKey: ["documents", collection] }, { cancelRefetch: false });
    void queries.invalidateQueries({ queryKey: ["collections"] });
    void queries.invalidateQueries({ queryKey: ["progress", collection] });
  };
}

export function CollectionPage() {
  const { collection = "" } = useParams({ strict: false });
  // One that is not in the list yet was made a moment ago, here or elsewhere: look until it is.
  const collections = useQuery({
    ...collectionsQuery,
    refetchInterval: ({ state }) =>
      state.data?.data.some(({ name }) => name === collection) ? false : LOOK_AGAIN_MS,
  });
  const known = collections.data?.find(({ name }) => name === collection);
  const refresh = useRefresh();
  const [over, setOver] = useState(false);

  useEffect(() => {
    document.title = `${collection} – Answerable`;
  }, [collection]);
  useEffect(() => whenStored(refresh), [refresh]);

  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    <Page>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button does the same */}
      <div
        className="relative h-full overflow-y-auto px-4 md:px-8"
        onDragOver={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
        }}
        onDrop={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setOver(false);
          void droppedFiles(event.dataTransfer).then((files) => addFiles(collection, files));
        }}
      >
        {over && (
          <div className="pointer-events-none absolute inset-3 z-10 flex items-center justify-center rounded-2xl border-2 border-dashed border-accent bg-accent-soft/90 text-lg font-medium">
            Drop to add to {collection}
          </div>
        )}
        <div className="mx-auto max-w-5xl py-8">
          <nav aria-label="Where you are" className="text-sm text-muted">
            <Link to="/knowledge" className="hover:text-ink">
              Knowledge
            </Link>{" "}
            /
          </nav>
          <div className="flex items-start justify-between gap-4">
            <h1 className="min-w-0 text-xl leading-snug font-semibold tracking-tight break-words md:text-2xl">
              {collection}
            </h1>
            {known && known.documents > 0 && (
              <Link to="/" search={{ in: collection }} className="button shrink-0">
                <MessageSquare aria-hidden className="size-4" /> Ask
              </Link>
            )}
          </div>
          {known && (
            <p className="mt-1 text-sm text-muted">
              {plural(known.documents, "document")}, {plural(known.chunks, "chunk")}
              {known.embedder && ` · ${known.embedder}`}
              {chunkerName(known) && ` · ${chunkerName(known)} chunks`}
            </p>
          )}
          {collections.data && !known ? (
            <div className="mt-6">
              <Empty title="There is no collection of this name">
                It may have been deleted.{" "}
                <Link to="/knowledge" className="link">
                  See all collections
                </Link>
              </Empty>
            </div>
          ) : (
            <>
              <AddDocuments collection={collection} onAdded={() => refresh(collection)} />
              <UploadList collection={collection} />
              <EmbeddingProgress collection={collection} pending={known?.pending_chunks ?? 0} />
              <DocumentTable collection={collection} />
            </>
          )}
          {known && <DeleteCollection name={collection} documents={known.documents} />}
        </div>
      </div>
    </Page>
  );
}
