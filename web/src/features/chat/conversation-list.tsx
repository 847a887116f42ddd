/** The conversations under the rail: open, rename in place, delete with a way back. */
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useStore } from "@/shared/store";
import { InlineEdit } from "@/shared/ui/inline-edit";
import { actLater, pendingActs } from "@/shared/undo";
import { stop } from "./ask";
import { type Conversation, conversations, remove, rename } from "./conversations";

export function ConversationList() {
  const all = useStore(conversations);
  const going = useStore(pendingActs).map(({ key }) => key);
  const shown = all.filter(({ id }) => !going.includes(`conversation ${id}`));
  if (shown.length === 0)
    return <p className="px-2.5 text-xs text-faint">Your conversations will be listed here.</p>;
  return (
    <>
      <h2 className="eyebrow px-2.5 pb-1">Conversations</h2>
      <ul className="space-y-0.5 pb-4">
        {shown.map((conversation) => (
          <Row key={conversation.id} conversation={conversation} />
        ))}
      </ul>
    </>
  );
}

function Row({ conversation: { id, title } }: { conversation: Conversation }) {
  const [editing, setEditing] = useState(false);
  const here = useParams({ strict: false }).conversation === id;
  const navigate = useNavigate();
  if (editing) {
    return (
      <li>
        <InlineEdit
          label="Name of the conversation"
          initial={title}
          onDone={(name) => {
            if (name) rename(id, name);
            setEditing(false);
          }}
        />
      </li>
    );
  }
  const discard = () => {
    stop(id);
    if (here) void navigate({ to: "/" });
    actLater({ key: `conversation ${id}`, label: `“${title}” is deleted.`, commit: () => remove(id) });
  };
  return (
    <li className="group relative">
      <Link
        to="/c/$conversation"
        params={{ conversation: id }}
        className={`flex min-h-11 items-center rounded-lg pr-20 pl-2.5 text-sm hover:bg-hover hover:text-ink md:min-h-8 md:pr-2.5 md:group-focus-within:pr-18 md:group-hover:pr-18 ${here ? "bg-hover text-ink" : "text-muted"}`}
        aria-current={here ? "page" : undefined}
      >
        <span className="truncate">{title}</span>
      </Link>
      <div className="absolute inset-y-0 right-0 flex items-center md:opacity-0 md:group-focus-within:opacity-100 md:group-hover:opacity-100">
        <button
          type="button"
          className="button-quiet min-w-9 px-1"
          aria-label={`Rename “${title}”`}
          onClick={() => setEditing(true)}
        >
          <Pencil aria-hidden className="size-3.5" />
        </button>
        <button
          type="button"
          className="button-quiet min-w-9 px-1"
          aria-label={`Delete “${title}”`}
          onClick={discard}
        >
          <Trash2 aria-hidden className="size-3.5" />
        </button>
      </div>
    </li>
  );
}
