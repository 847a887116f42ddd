/** The conversations under the rail: by folders and days, narrowed by a tag, the archived ones apart. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Conversation, Label } from "@/shared/conversation-types";
import type { ListFilter } from "@/shared/conversations-api";
import { Store, storage, useStore } from "@/shared/store";
import { Failure, Skeleton } from "@/shared/ui/states";
import { pendingActs } from "@/shared/undo";
import { ConversationRow } from "./conversation-row";
import { byDay, countOf, type Folder, folderTree } from "./grouping";
import { Leftovers } from "./leftovers";
import { labelsQuery, listQuery } from "./queries";

const OPEN_KEY = "answerable.open-folders";
const opened = new Store<string[]>(storage.read<string[]>(OPEN_KEY) ?? []);
opened.subscribe(() => storage.write(OPEN_KEY, opened.get()));

const ARCHIVE = "\n"; // no folder can be called so

export function ConversationList() {
  const [tag, setTag] = useState<string | null>(null);
  const labels = useQuery(labelsQuery).data;
  const folders = folderTree(labels?.folders ?? []);
  const tags = labels?.tags ?? [];
  const narrowed = tags.some(({ name }) => name === tag) ? tag : null;
  return (
    <div className="pb-4">
      <Leftovers />
      {tags.length > 0 && <Tags tags={tags} chosen={narrowed} onChoose={setTag} />}
      {narrowed === null && folders.length > 0 && (
        <section aria-label="Folders" className="mb-3">
          <h2 className="eyebrow px-2.5 pb-1">Folders</h2>
          {folders.map((folder) => (
            <FolderRows key={folder.path} folder={folder} />
          ))}
        </section>
      )}
      <Days filter={narrowed === null ? {} : { tag: narrowed }} loose={narrowed === null} />
      {narrowed === null && (
        <Foldable path={ARCHIVE} word="Archived">
          <Days filter={{ archived: true }} loose={false} bare />
        </Foldable>
      )}
    </div>
  );
}

interface TagsProps {
  tags: Label[];
  chosen: string | null;
  onChoose: (tag: string | null) => void;
}

function Tags({ tags, chosen, onChoose }: TagsProps) {
  return (
    <fieldset className="mb-3 flex flex-wrap gap-1 px-2">
      <legend className="sr-only">Only with the tag</legend>
      {tags.map(({ name }) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          className={`min-h-11 max-w-full truncate rounded-full border px-3 text-xs md:min-h-6 md:px-2 ${name === chosen ? "border-accent bg-accent-soft text-accent" : "border-line text-muted hover:bg-hover hover:text-ink"}`}
          onClick={() => onChoose(name === chosen ? null : name)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

function Foldable({
  path,
  word,
  count,
  children,
}: {
  path: string;
  word: string;
  count?: number;
  children: ReactNode;
}) {
  const open = useStore(opened).includes(path);
  const toggle = () =>
    opened.update((all) => (open ? all.filter((other) => other !== path) : [...all, path]));
  return (
    <>
      <button
        type="button"
        data-nav
        aria-expanded={open}
        className="flex min-h-11 w-full items-center gap-1.5 rounded-lg px-1.5 text-left text-sm text-muted hover:bg-hover hover:text-ink md:min-h-8"
        onClick={toggle}
      >
        <ChevronRight
          aria-hidden
          className={`size-3.5 shrink-0 transition-transform duration-100 ${open ? "rotate-90" : ""}`}
        />
        <span className="min-w-0 truncate">{word}</span>
        {count !== undefined && <span className="ml-auto pr-1 text-xs text-faint tabular-nums">{count}</span>}
      </button>
      {open && <div className="ml-3 border-l border-line pl-1">{children}</div>}
    </>
  );
}

function FolderRows({ folder }: { folder: Folder }) {
  return (
    <Foldable path={folder.path} word={folder.name} count={countOf(folder)}>
      {folder.folders.map((inner) => (
        <FolderRows key={inner.path} folder={inner} />
      ))}
      {folder.conversations > 0 && <InFolder path={folder.path} />}
    </Foldable>
  );
}

function InFolder({ path }: { path: string }) {
  const list = useInfiniteQuery(listQuery({ folder: path }));
  const rows = useShown(list.data).filter(({ folder }) => folder === path);
  return (
    <>
      {list.isPending && <Skeleton lines={2} label="Loading the folder" />}
      <Rows conversations={rows} />
      <More of={list} />
    </>
  );
}

/** `loose`: only those in no folder. `bare`: without the names of days. */
function Days({ filter, loose, bare }: { filter: ListFilter; loose: boolean; bare?: boolean }) {
  const list = useInfiniteQuery(listQuery(filter));
  const all = useShown(list.data);
  const shown = loose ? all.filter(({ folder }) => folder === "") : all;
  return (
    <>
      {list.isPending && (
        <div className="px-2.5">
          <Skeleton lines={4} label="Loading your conversations" />
        </div>
      )}
      {list.error && !list.data && (
        <Failure
          what="Your conversations could not be loaded."
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      )}
      {list.data?.length === 0 && (
        <p className="px-2.5 pb-2 text-xs text-faint">
          {bare ? "Nothing is archived." : "Your conversations will be listed here."}
        </p>
      )}
      {bare ? (
        <Rows conversations={shown} />
      ) : (
        byDay(shown).map(({ name, conversations }) => (
          <section key={name} aria-label={name} className="mb-3">
            <h2 className="eyebrow px-2.5 pb-1">{name}</h2>
            <Rows conversations={conversations} />
          </section>
        ))
      )}
      <More of={list} />
    </>
  );
}

/** What is being deleted or put away is not shown while it can still be undone. */
function useShown(all: Conversation[] | undefined): Conversation[] {
  const going = useStore(pendingActs).map(({ key }) => key);
  return (all ?? []).filter(({ id }) => !going.includes(`conversation ${id}`));
}

function Rows({ conversations }: { conversations: Conversation[] }) {
  return (
    <ul className="space-y-0.5">
      {conversations.map((conversation) => (
        <ConversationRow key={conversation.id} conversation={conversation} />
      ))}
    </ul>
  );
}

interface MoreProps {
  of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** The next page, as soon as the end of this one comes into view; a button for who does not scroll. */
function More({ of: { hasNextPage, isFetchingNextPage, fetchNextPage } }: MoreProps) {
  const end = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!end.current || !hasNextPage || isFetchingNextPage) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && fetchNextPage());
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <button ref={end} type="button" className="button-quiet w-full" onClick={() => fetchNextPage()}>
      {isFetchingNextPage ? "Loading…" : "Show more"}
    </button>
  );
}
