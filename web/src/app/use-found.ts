/** What the finder finds: names at once, what the server knows a moment later. */
import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  BookOpen,
  CircleUserRound,
  FileText,
  MessageSquare,
  SunMoon,
  Telescope,
  TextSearch,
} from "lucide-react";
import { useEffect, useState } from "react";
import { listQuery } from "@/features/chat/queries";
import { runsQuery } from "@/features/research/queries";
import { api } from "@/shared/api";
import type { FoundMessage } from "@/shared/conversation-types";
import { conversationsApi } from "@/shared/conversations-api";
import { collectionsQuery, meQuery } from "@/shared/queries";
import { toggleTheme } from "@/shared/theme";

export interface Found {
  key: string;
  icon: typeof FileText;
  label: string;
  kind: string;
  /** The piece of a message that was found. */
  said?: FoundMessage["snippet"];
  go: () => unknown;
}

const TYPING_MS = 150;

/** A value once it has rested for a moment: not every letter is a question to the server. */
function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

/** The last word may still be being typed: it is looked for as the beginning of one. */
function begun(text: string): string {
  return /[\p{L}\p{N}]$/u.test(text) ? `${text}*` : text;
}

export function useFound(typed: string): { found: Found[]; searching: boolean } {
  const text = typed.trim();
  // Only the server's part may lag behind: Enter must never open what an older text had found.
  const asked = useRested(text);
  const names = useNames(text.toLowerCase());
  const documents = useDocuments(text.toLowerCase(), asked.toLowerCase());
  const { said, searching } = useSaid(text, asked);
  return { found: [...names, ...said, ...documents], searching: searching || asked !== text };
}

function useNames(wanted: string): Found[] {
  const navigate = useNavigate();
  const chats = useInfiniteQuery(listQuery({})).data ?? [];
  const runs = useInfiniteQuery(runsQuery).data ?? [];
  const collections = useQuery(collectionsQuery).data ?? [];
  const account = useQuery(meQuery).data?.user;
  const matches = (name: string) => name.toLowerCase().includes(wanted);
  const page = {
    key: "account",
    icon: CircleUserRound,
    label: "Your account: usage, keys, password, sign out",
  };
  const theme = { key: "theme", icon: SunMoon, label: "Switch between light and dark", kind: "Command" };
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
    ...runs
      .filter(({ title, topic }) => matches(title) || matches(topic))
      .slice(0, 4)
      .map(({ id, title }) => ({
        key: `research ${id}`,
        icon: Telescope,
        label: title,
        kind: "Report",
        go: () => navigate({ to: "/research/$run", params: { run: id } }),
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
    ...(account && matches("account usage keys sign out password")
      ? [{ ...page, kind: "Page", go: () => navigate({ to: "/account" }) }]
      : []),
    ...(matches("switch theme light dark") ? [{ ...theme, go: toggleTheme }] : []),
  ];
}

function useDocuments(wanted: string, asked: string): Found[] {
  const navigate = useNavigate();
  const collections = useQuery(collectionsQuery).data ?? [];
  const replies = useQueries({
    queries: collections.slice(0, 4).map(({ name }) => ({
      queryKey: ["documents", name, "finder", asked],
      queryFn: () => api.documents(name, { q: asked, limit: 20 }),
      enabled: asked.length > 1,
    })),
  });
  const inTitle = (title: string) => Number(title.toLowerCase().includes(wanted));
  return replies
    .flatMap((reply) => (asked === wanted ? (reply.data?.data ?? []) : []))
    .toSorted((a, b) => inTitle(b.title) - inTitle(a.title))
    .slice(0, 8)
    .map(({ id, title, collection }) => ({
      key: `document ${collection} ${id}`,
      icon: FileText,
      label: title,
      kind: `Document in ${collection}`,
      go: () => navigate({ to: "/knowledge/$collection/$document", params: { collection, document: id } }),
    }));
}

function useSaid(text: string, asked: string): { said: Found[]; searching: boolean } {
  const navigate = useNavigate();
  const reply = useQuery({
    queryKey: ["conversations", "search", asked],
    queryFn: ({ signal }) => conversationsApi.search(begun(asked), signal),
    enabled: asked.length > 1,
  });
  const hits = asked === text ? (reply.data?.data ?? []) : [];
  const said = hits.flatMap(({ conversation, message, title, snippet }) =>
    message === null
      ? []
      : {
          key: `said ${message}`,
          icon: TextSearch,
          label: title,
          kind: "Said",
          said: snippet,
          go: () => navigate({ to: "/c/$conversation", params: { conversation }, search: { at: message } }),
        },
  );
  return { said, searching: reply.isFetching };
}
