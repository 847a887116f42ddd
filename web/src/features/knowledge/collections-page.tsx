/** All collections, and a field for a new one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { api } from "@/shared/api";
import { ago, exactly, plural } from "@/shared/format";
import { collectionsQuery } from "@/shared/queries";
import type { Collection } from "@/shared/types";
import { Page } from "@/shared/ui/page";
import { Bar, Empty, Failure, Skeleton } from "@/shared/ui/states";

export function CollectionsPage() {
  const collections = useQuery(collectionsQuery);
  useEffect(() => {
    document.title = "Knowledge – Answerable";
  }, []);
  return (
    <Page>
      <div className="relative h-full overflow-y-auto px-4 md:px-8">
        <div className="mx-auto max-w-4xl py-8">
          <h1 className="text-2xl font-semibold tracking-tight">Knowledge</h1>
          <p className="mt-1 text-muted">The documents that answers come from, in collections.</p>
          <div className="mt-6">
            {collections.isPending && <Skeleton lines={5} label="Loading the collections" />}
            {collections.error && (
              <Failure
                what="The collections could not be loaded."
                error={collections.error}
                onRetry={() => void collections.refetch()}
              />
            )}
            {collections.data?.length === 0 && (
              <Empty title="No collections yet">Name one below, then drop your files on its page.</Empty>
            )}
            {collections.data && collections.data.length > 0 && (
              <ul className="divide-y divide-line border-y border-line">
                {collections.data.map((collection) => (
                  <Row key={collection.name} collection={collection} />
                ))}
              </ul>
            )}
          </div>
          <Create />
        </div>
      </div>
    </Page>
  );
}

function Row({ collection }: { collection: Collection }) {
  const { name, documents, chunks, embedded_chunks, pending_chunks, updated_at } = collection;
  return (
    <li>
      <Link
        to="/knowledge/$collection"
        params={{ collection: name }}
        data-nav
        className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-1 rounded-lg px-2 py-3.5 hover:bg-hover"
      >
        <span className="truncate font-medium">{name}</span>
        <span className="text-sm text-muted" title={exactly(updated_at)}>
          {ago(updated_at)}
        </span>
        <span className="text-sm text-muted">
          {plural(documents, "document")}, {plural(chunks, "chunk")}
        </span>
        {pending_chunks > 0 && (
          <span className="w-28">
            <Bar value={embedded_chunks} total={chunks} label={`Chunks of ${name} embedded`} />
          </span>
        )}
      </Link>
    </li>
  );
}

function Create() {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => api.createCollection(name.trim()),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["collections"] });
      void navigate({ to: "/knowledge/$collection", params: { collection: name.trim() } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) create.mutate();
  };
  return (
    <form className="mt-6 max-w-md" onSubmit={submit}>
      <label className="text-sm font-medium" htmlFor="new-collection">
        New collection
      </label>
      <div className="mt-1 flex gap-2">
        <input
          id="new-collection"
          className="field"
          placeholder="for example manuals"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={!name.trim() || create.isPending}>
          Create
        </button>
      </div>
      {create.error && (
        <div className="mt-3">
          <Failure what="The collection was not created." error={create.error} />
        </div>
      )}
    </form>
  );
}
