/** One conversation in the rail: open it, and what can be done with it, in place. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import {
  Archive,
  ArchiveRestore,
  Ellipsis,
  FileBraces,
  FileText,
  Folder,
  Pencil,
  Share2,
  Tag,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import type { Conversation, ConversationChange } from "@/shared/conversation-types";
import { conversationsApi } from "@/shared/conversations-api";
import { download, fileName } from "@/shared/download";
import { useStore } from "@/shared/store";
import { InlineEdit } from "@/shared/ui/inline-edit";
import { Menu, type MenuItem } from "@/shared/ui/menu";
import { actLater, notice } from "@/shared/undo";
import { live } from "./live";
import { labelsQuery, noteConversation, refreshLists } from "./queries";
import { isLive } from "./turn";

type Editing = "title" | "folder" | "tags" | null;

const told = (error: unknown) => notice.set(error instanceof Error ? error.message : String(error));

export function ConversationRow({ conversation }: { conversation: Conversation }) {
  const { id, title, tags } = conversation;
  const [editing, setEditing] = useState<Editing>(null);
  const [open, setOpen] = useState(false);
  const here = useParams({ strict: false }).conversation === id;
  const working = useStore(live).some((one) => one.conversation === id && isLive(one.turn));
  const change = useChange(id);
  const items = useActs(conversation, here, change, setEditing);
  if (editing)
    return (
      <li>
        <Edit
          conversation={conversation}
          what={editing}
          onDone={(made) => {
            if (made) change(made);
            setEditing(null);
          }}
        />
      </li>
    );
  const shown = open ? "" : "md:opacity-0 md:group-focus-within:opacity-100 md:group-hover:opacity-100";
  return (
    <li className="group relative">
      <Link
        to="/c/$conversation"
        params={{ conversation: id }}
        data-nav
        title={title}
        className={`flex min-h-11 items-center gap-1.5 rounded-lg pr-12 pl-2.5 text-sm hover:bg-hover hover:text-ink md:min-h-8 md:pr-2.5 md:group-focus-within:pr-9 md:group-hover:pr-9 ${here ? "bg-hover text-ink" : "text-muted"}`}
        aria-current={here ? "page" : undefined}
      >
        <span className="min-w-0 truncate">{title || "New conversation"}</span>
        {working && (
          <span className="pulse-dot size-1.5 shrink-0 rounded-full bg-accent">
            <span className="sr-only">is being answered</span>
          </span>
        )}
        {tags[0] && (
          <span className="ml-auto max-w-20 shrink-0 truncate rounded-full border border-line px-1.5 text-[0.6875rem] leading-4 text-faint md:group-hover:hidden">
            {tags[0]}
            {tags.length > 1 && ` +${tags.length - 1}`}
          </span>
        )}
      </Link>
      <div className={`absolute inset-y-0 right-0 flex items-center ${shown}`}>
        <Menu
          label={`More for “${title}”`}
          className="button-quiet min-w-9 px-1"
          items={items}
          onOpen={setOpen}
        >
          <Ellipsis aria-hidden className="size-4" />
        </Menu>
      </div>
    </li>
  );
}

function useChange(id: string): (change: ConversationChange) => void {
  const mutation = useMutation({
    mutationFn: (change: ConversationChange) => conversationsApi.change(id, change),
    onSuccess: noteConversation,
    onError: told,
    onSettled: refreshLists,
  });
  return mutation.mutate;
}

function useActs(
  { id, title, archived }: Conversation,
  here: boolean,
  change: (change: ConversationChange) => void,
  edit: (what: Editing) => void,
): MenuItem[] {
  const navigate = useNavigate();
  const save = async (format: "markdown" | "json") => {
    const reply = await conversationsApi.export(id, format);
    download(fileName(title, format === "json" ? "json" : "md"), await reply.blob());
  };
  const leave = () => here && void navigate({ to: "/" });
  const discard = () => {
    leave();
    actLater({
      key: `conversation ${id}`,
      label: `“${title}” is deleted.`,
      commit: async () => {
        await conversationsApi.remove(id);
        await refreshLists();
      },
    });
  };
  const icon = "size-4";
  return [
    { word: "Rename", icon: <Pencil aria-hidden className={icon} />, onPick: () => edit("title") },
    { word: "Move to folder", icon: <Folder aria-hidden className={icon} />, onPick: () => edit("folder") },
    { word: "Tags", icon: <Tag aria-hidden className={icon} />, onPick: () => edit("tags") },
    {
      word: "Share",
      icon: <Share2 aria-hidden className={icon} />,
      onPick: () =>
        void navigate({ to: "/c/$conversation", params: { conversation: id }, search: { share: true } }),
    },
    {
      word: "Export as Markdown",
      icon: <FileText aria-hidden className={icon} />,
      apart: true,
      onPick: () => void save("markdown").catch(told),
    },
    {
      word: "Export as JSON",
      icon: <FileBraces aria-hidden className={icon} />,
      onPick: () => void save("json").catch(told),
    },
    {
      word: archived ? "Take out of the archive" : "Archive",
      icon: archived ? (
        <ArchiveRestore aria-hidden className={icon} />
      ) : (
        <Archive aria-hidden className={icon} />
      ),
      apart: true,
      onPick: () => {
        if (!archived) leave();
        change({ archived: !archived });
      },
    },
    { word: "Delete", icon: <Trash2 aria-hidden className={icon} />, danger: true, onPick: discard },
  ];
}

interface EditProps {
  conversation: Conversation;
  what: Exclude<Editing, null>;
  onDone: (change: ConversationChange | null) => void;
}

/** A field in place of the row. Folders nest by slashes, tags are divided by commas. */
function Edit({ conversation: { title, folder, tags }, what, onDone }: EditProps) {
  const labels = useQuery(labelsQuery).data;
  if (what === "title")
    return (
      <InlineEdit
        label="Name of the conversation"
        initial={title}
        onDone={(name) => onDone(name ? { title: name } : null)}
      />
    );
  if (what === "folder")
    return (
      <InlineEdit
        label="Folder of the conversation"
        placeholder="work/reports"
        initial={folder}
        mayBeEmpty
        suggestions={labels?.folders.map(({ name }) => name) ?? []}
        onDone={(name) => onDone(name === null ? null : { folder: name })}
      />
    );
  return (
    <InlineEdit
      label="Tags of the conversation"
      placeholder="budget, travel"
      initial={tags.join(", ")}
      mayBeEmpty
      onDone={(text) => onDone(text === null ? null : { tags: tagsOf(text) })}
    />
  );
}

function tagsOf(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()))].filter(Boolean);
}
