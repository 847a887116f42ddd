/** One document: its text with chunk borders, its versions, what is known about it. */
import * as Tabs from "@radix-ui/react-tabs";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useEffect } from "react";
import { ago, characters, plural } from "@/shared/format";
import { documentQuery } from "@/shared/queries";
import type { Doc } from "@/shared/types";
import { Page } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { About } from "./about";
import { ChunkPanel } from "./chunk-panel";
import { DocumentStatus } from "./document-status";
import { DocumentText } from "./document-text";
import { useDeleteDocument } from "./use-delete-document";
import { Versions } from "./versions";

const TAB =
  "min-h-11 border-b-2 border-transparent px-1 text-sm text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink focus-visible:-outline-offset-2";

export function DocumentPage() {
  const { collection = "", document: id = "" } = useParams({ strict: false });
  const { tab = "text", version, chunk } = useSearch({ strict: false });
  const navigate = useNavigate();
  const found = useQuery(documentQuery(collection, id));
  const current = version ?? found.data?.version;

  useEffect(() => {
    if (found.data) document.title = `${found.data.title} – Answerable`;
  }, [found.data]);

  const choose = (next: { tab?: typeof tab; version?: number; chunk?: number | undefined }) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }) });
  const panel =
    chunk !== undefined && current !== undefined && tab === "text" ? (
      <ChunkPanel
        collection={collection}
        id={id}
        version={current}
        ordinal={chunk}
        onChoose={(ordinal) => choose({ chunk: ordinal })}
        onClose={() => choose({ chunk: undefined })}
      />
    ) : undefined;

  return (
    <Page panel={panel}>
      <section
        aria-label="Document"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="relative h-full overflow-y-auto px-4 outline-none md:px-8"
      >
        <div className="mx-auto max-w-3xl py-8">
          <nav aria-label="Where you are" className="text-sm text-muted">
            <Link to="/knowledge" className="hover:text-ink">
              Knowledge
            </Link>{" "}
            /{" "}
            <Link to="/knowledge/$collection" params={{ collection }} className="hover:text-ink">
              {collection}
            </Link>{" "}
            /
          </nav>
          {found.isPending && <Skeleton lines={8} label="Loading the document" />}
          {found.error && (
            <div className="mt-4">
              <Failure
                what="The document could not be loaded."
                error={found.error}
                onRetry={() => void found.refetch()}
              />
            </div>
          )}
          {found.data && (
            <>
              <Heading document={found.data} />
              <Tabs.Root value={tab} onValueChange={(value) => choose({ tab: value as typeof tab })}>
                <Tabs.List
                  aria-label="Parts of the document"
                  className="mt-5 flex gap-6 border-b border-line"
                >
                  <Tabs.Trigger value="text" className={TAB}>
                    Text
                  </Tabs.Trigger>
                  <Tabs.Trigger value="versions" className={TAB}>
                    Versions <span className="text-faint tabular-nums">{found.data.versions}</span>
                  </Tabs.Trigger>
                  <Tabs.Trigger value="about" className={TAB}>
                    About
                  </Tabs.Trigger>
                </Tabs.List>
                <Tabs.Content value="text" className="pt-5">
                  <DocumentText
                    collection={collection}
                    id={id}
                    version={current ?? 1}
                    newest={found.data.version}
                    selected={chunk ?? null}
                    onChunk={(ordinal) => choose({ chunk: ordinal })}
                    onVersion={(next) => choose({ version: next, chunk: undefined })}
                  />
                </Tabs.Content>
                <Tabs.Content value="versions" className="pt-5">
                  <Versions collection={collection} id={id} />
                </Tabs.Content>
                <Tabs.Content value="about" className="pt-5">
                  <About document={found.data} />
                </Tabs.Content>
              </Tabs.Root>
            </>
          )}
        </div>
      </section>
    </Page>
  );
}

function Heading({ document }: { document: Doc }) {
  const discard = useDeleteDocument();
  const navigate = useNavigate();
  return (
    <header>
      <div className="flex items-start justify-between gap-4">
        <h1 dir="auto" className="text-xl leading-snug font-semibold tracking-tight break-words md:text-2xl">
          {document.title || document.source}
        </h1>
        <button
          type="button"
          className="button-quiet mt-0.5 shrink-0"
          onClick={() => {
            discard(document);
            void navigate({ to: "/knowledge/$collection", params: { collection: document.collection } });
          }}
        >
          <Trash2 aria-hidden className="size-4" /> Delete
        </button>
      </div>
      <p className="mt-1 flex flex-wrap gap-x-3 text-sm text-muted">
        <DocumentStatus document={document} />
        <span>{plural(document.chunks, "chunk")}</span>
        <span>{characters(document.size_chars)} characters</span>
        <span>changed {ago(document.updated_at)}</span>
      </p>
    </header>
  );
}
