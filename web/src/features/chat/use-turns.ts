/** The conversation that is open: its turns as the server has them, with the answers under way laid over. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { conversationsApi } from "@/shared/conversations-api";
import { useStore } from "@/shared/store";
import { pickUp } from "./ask";
import { branchOf } from "./branch";
import { live, liveIn, NEW, TEMPORARY } from "./live";
import { conversationQuery, messagesQuery, refreshConversation } from "./queries";
import { turnsOf } from "./stored";

/** `id` undefined: one that is not begun yet. */
export function useTurns(id: string | undefined, temporary: boolean) {
  const stored = id !== undefined;
  const one = useQuery({ ...conversationQuery(id ?? ""), enabled: stored });
  const pages = useInfiniteQuery({ ...messagesQuery(id ?? ""), enabled: stored });
  const all = useStore(live);
  const kept = useMemo(() => turnsOf(pages.data ?? []), [pages.data]);
  const mine = useMemo(() => liveIn(all, temporary ? TEMPORARY : (id ?? NEW)), [all, id, temporary]);
  const turns = useMemo(() => branchOf(kept, mine), [kept, mine]);

  useEffect(() => {
    if (!id) return;
    for (const turn of kept) if (turn.status === "answering") pickUp(id, turn);
  }, [id, kept]);
  useFollowElsewhere(id, one.data?.updated_at, one.data?.leaf);
  return { conversation: one.data, problem: one.error, pages, turns, live: mine };
}

/** Another tab or device said something, or chose another branch: the messages are asked for anew. */
function useFollowElsewhere(
  id: string | undefined,
  changed: string | undefined,
  leaf: string | null | undefined,
) {
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (!id || changed === undefined) return;
    const now = `${id} ${changed} ${leaf}`;
    const before = seen.current;
    seen.current = now;
    if (before?.startsWith(`${id} `) && before !== now) void refreshConversation(id);
  }, [id, changed, leaf]);
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
