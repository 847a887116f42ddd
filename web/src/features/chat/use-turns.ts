/** The conversation that is open: its turns as the server has them, with the answers under way laid over. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import type { Conversation } from "@/shared/conversation-types";
import { conversationsApi } from "@/shared/conversations-api";
import { useStore } from "@/shared/store";
import { pickUp } from "./ask";
import { branchOf } from "./branch";
import { live, liveIn, moving, TEMPORARY } from "./live";
import { conversationQuery, messagesQuery, refreshConversation } from "./queries";
import { turnsOf } from "./stored";

/** `id` undefined: one that is not begun yet. */
export function useTurns(id: string | undefined, temporary: boolean) {
  const stored = id !== undefined;
  const one = useQuery({ ...conversationQuery(id ?? ""), enabled: stored });
  const pages = useInfiniteQuery({ ...messagesQuery(id ?? ""), enabled: stored });
  const all = useStore(live);
  const kept = useMemo(() => turnsOf(pages.data ?? []), [pages.data]);
  const next = useStore(moving);
  const place = temporary ? TEMPORARY : (id ?? next);
  const mine = useMemo(() => liveIn(all, place), [all, place]);
  const turns = useMemo(() => branchOf(kept, mine), [kept, mine]);

  useEffect(() => {
    if (!id) return;
    for (const turn of kept) if (turn.status === "answering") pickUp(id, turn);
  }, [id, kept]);
  const leaf = one.data?.leaf;
  useFollowElsewhere(
    id,
    one.data,
    mine.some(({ place }) => place.answer === leaf),
  );
  return { conversation: one.data, problem: one.error, pages, turns, live: mine };
}

/** Another tab or device said something, or chose another branch: the messages are asked for anew. */
function useFollowElsewhere(id: string | undefined, known: Conversation | undefined, own: boolean) {
  const seen = useRef<string | null>(null);
  const now = known ? `${known.id} ${known.updated_at} ${known.leaf}` : null;
  useEffect(() => {
    if (!id || now === null) return;
    const before = seen.current;
    seen.current = now;
    // What this page follows itself is asked for when it begins and when it ends.
    if (!own && before?.startsWith(`${id} `) && before !== now) void refreshConversation(id);
  }, [id, now, own]);
}

type Pages = ReturnType<typeof useTurns>["pages"];

/** Loads earlier pages until a message is there; one that is on another branch makes that branch the shown one. */
export function useMessageAt(id: string | undefined, message: string | undefined, pages: Pages): void {
  const { data, hasNextPage, isFetching, fetchNextPage } = pages;
  const asked = useRef<string | null>(null);
  useEffect(() => {
    if (!id || !message || !data || isFetching || data.some((one) => one.id === message)) return;
    if (hasNextPage) {
      void fetchNextPage();
      return;
    }
    if (asked.current === message) return; // it is not here any more
    asked.current = message;
    conversationsApi.change(id, { leaf: message }).then(
      () => refreshConversation(id),
      () => undefined,
    );
  }, [id, message, data, hasNextPage, isFetching, fetchNextPage]);
}
