/** What the chat asks of the server's conversations, with one cache key each. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Conversation, ConversationPage, StoredMessage } from "@/shared/conversation-types";
import { conversationsApi, type ListFilter } from "@/shared/conversations-api";
import { queryClient } from "@/shared/query-client";

/** What another tab or device did is seen within this time. */
const LOOK_EVERY_MS = 20_000;
const LOOK_AT_OPEN_EVERY_MS = 4_000;

export function listQuery(filter: ListFilter) {
  return infiniteQueryOptions({
    queryKey: ["conversations", "list", filter],
    queryFn: ({ pageParam, signal }) => conversationsApi.list(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: ConversationPage) => page.next ?? undefined,
    select: ({ pages }) => pages.flatMap(({ data }) => data),
    refetchInterval: LOOK_EVERY_MS,
  });
}

export const labelsQuery = queryOptions({
  queryKey: ["conversations", "labels"],
  queryFn: ({ signal }) => conversationsApi.labels(signal),
});

/** Looked at again while it is open: it may go on elsewhere. */
export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: ["conversations", "one", id],
    queryFn: ({ signal }) => conversationsApi.one(id, signal),
    refetchInterval: ({ state }) => (state.status === "error" ? false : LOOK_AT_OPEN_EVERY_MS),
    staleTime: 0,
  });
}

/** The messages of the branch that ends in `leaf`, the newest page first. */
export function messagesQuery(id: string, leaf?: string) {
  return infiniteQueryOptions({
    queryKey: ["conversations", "messages", id, leaf ?? "shown"],
    queryFn: ({ pageParam, signal }) =>
      conversationsApi.messages(
        id,
        { ...(leaf ? { leaf } : {}), ...(pageParam ? { before: pageParam } : {}) },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.before ?? undefined,
    select: ({ pages }) => pages.toReversed().flatMap(({ data }) => data),
  });
}

export function sharesQuery(id: string) {
  return queryOptions({
    queryKey: ["conversations", "shares", id],
    queryFn: ({ signal }) => conversationsApi.shares(id, signal),
    select: (reply) => reply.data,
  });
}

export function refreshLists(): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [area, part] }) =>
      area === "conversations" && (part === "list" || part === "labels"),
  });
}

/** Asks anew for all that is shown of a conversation. */
export async function refreshConversation(id: string): Promise<void> {
  await Promise.all([
    refreshLists(),
    queryClient.invalidateQueries({ queryKey: ["conversations", "one", id] }),
    queryClient.invalidateQueries({ queryKey: ["conversations", "messages", id] }),
  ]);
}

/** A conversation as the server has just told it. */
export function noteConversation(changed: Conversation): void {
  queryClient.setQueryData(conversationQuery(changed.id).queryKey, changed);
}

/** The newest answer on the branch that is shown, with its question. */
export async function newestAnswer(id: string): Promise<StoredMessage[]> {
  return (await conversationsApi.messages(id, { limit: 2 })).data;
}
