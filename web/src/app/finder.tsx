/** Ctrl K: conversations, collections and documents by a few letters of their name. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { BookOpen, CircleUserRound, FileText, MessageSquare, SunMoon } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { conversations } from "@/features/chat/conversations";
import { api } from "@/shared/api";
import { collectionsQuery, meQuery } from "@/shared/queries";
import { useStore } from "@/shared/store";
import { toggleTheme } from "@/shared/theme";
import { Modal } from "./modal";

interface Found {
  key: string;
  icon: typeof FileText;
  label: string;
  kind: string;
  go: () => unknown;
}

function useFound(text: string): Found[] {
  const navigate = useNavigate();
  const chats = useStore(conversations);
  const collections = useQuery(collectionsQuery).data ?? [];
  const account = useQuery(meQuery).data?.user;
  const wanted = text.trim().toLowerCase();
  // Only the server's part may lag behind: Enter must never open what an older text had found.
  const asked = useDeferredValue(wanted);
  const documents = useQueries({
    queries: collections.slice(0, 4).map(({ name }) => ({
      queryKey: ["documents", name, "finder", asked],
      queryFn: () => api.documents(name, { q: asked, limit: 20 }),
      enabled: asked.length > 1,
    })),
  });
  const matches = (name: string) => name.toLowerCase().includes(wanted);
  return [
    ...chats
      .filter(({ title }) => matches(title))
      .slice(0, 6)
      .map(({ id, title }) => ({
        key: `chat ${id}`,
        icon: MessageSquare,
        label: title,
        kind: "Conversation",
        go: () => navigate({ to: "/c/$conversation", params: { conversation: id } }),
      })),
    ...collections
      .filter(({ name }) => matches(name))
      .map(({ name }) => ({
        key: `collection ${name}`,
        icon: BookOpen,
        label: name,
        kind: "Collection",
        go: () => navigate({ to: "/knowledge/$collection", params: { collection: name } }),
      })),
    ...documents
      .flatMap((reply) => (asked === wanted ? (reply.data?.data ?? []) : []))
      .toSorted((a, b) => Number(matches(b.title)) - Number(matches(a.title)))
      .slice(0, 8)
      .map(({ id, title, collection }) => ({
        key: `document ${collection} ${id}`,
        icon: FileText,
        label: title,
        kind: `Document in ${collection}`,
        go: () => navigate({ to: "/knowledge/$collection/$document", params: { collection, document: id } }),
      })),
    ...(account && matches("account usage keys sign out password")
      ? [
          {
            key: "account",
            icon: CircleUserRound,
            label: "Your account: usage, keys, password, sign out",
            kind: "Page",
            go: () => navigate({ to: "/account" }),
          },
        ]
      : []),
    ...(matches("switch theme light dark")
      ? [
          {
            key: "theme",
            icon: SunMoon,
            label: "Switch between light and dark",
            kind: "Command",
            go: toggleTheme,
          },
        ]
      : []),
  ];
}

export function Finder({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useFound(text);
  const active = Math.min(chosen, found.length - 1);
  const open = (item: Found | undefined) => {
    if (!item) return;
    onClose();
    void item.go();
  };
  return (
    <Modal label="Find" onClose={onClose} className="mx-auto mt-[12vh] w-[min(94vw,36rem)] rounded-xl">
      <input
        role="combobox"
        aria-label="Find a conversation, collection or document"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={active >= 0 ? `found-${active}` : undefined}
        placeholder="Find a conversation, collection or document"
        className="min-h-12 w-full border-b border-line bg-transparent px-4 outline-none placeholder:text-faint"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step) {
            event.preventDefault();
            setChosen(Math.min(Math.max(active + step, 0), found.length - 1));
          } else if (event.key === "Enter") {
            event.preventDefault();
            open(found[active]);
          }
        }}
      />
      <div id="found" role="listbox" aria-label="Found" className="max-h-[50vh] overflow-y-auto p-2">
        {found.map((item, index) => (
          <div
            key={item.key}
            id={`found-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={`flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-3 text-sm md:min-h-9 ${index === active ? "bg-hover" : ""}`}
            onPointerMove={() => setChosen(index)}
            onClick={() => open(item)}
            onKeyDown={(event) => event.key === "Enter" && open(item)}
          >
            <item.icon aria-hidden className="size-4 shrink-0 text-muted" />
            <span className="truncate">{item.label}</span>
            <span className="ml-auto shrink-0 text-xs text-faint">{item.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-5 pb-5 text-sm text-muted">Nothing has that name.</p>}
    </Modal>
  );
}
