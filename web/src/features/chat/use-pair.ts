/** Two answers to one question, to be shown side by side: those under way here, the others from the server. */
import { useQueries } from "@tanstack/react-query";
import { useEffect } from "react";
import { conversationsApi } from "@/shared/conversations-api";
import { pickUp } from "./ask";
import { turnsOf } from "./stored";
import type { Turn } from "./turn";

/** The two newest answers that are known of; ids grow with time. Pure. */
export function newestTwo(turn: Turn, live: Turn[]): (Turn | string)[] {
  const here = [turn, ...live.filter(({ place }) => place.question === turn.place.question)];
  const ids = new Set([...turn.place.answers, ...here.flatMap(({ place }) => place.answer ?? [])]);
  const named = [...ids].toSorted().map((id) => here.findLast(({ place }) => place.answer === id) ?? id);
  const unnamed = new Map(here.filter(({ place }) => place.answer === null).map((one) => [one.id, one]));
  return [...named, ...unnamed.values()].slice(-2);
}

/** null while there is nothing to compare. */
export function usePair(
  conversation: string | undefined,
  turn: Turn | undefined,
  live: Turn[],
): Turn[] | null {
  const two = turn ? newestTwo(turn, live) : [];
  const missing = two.filter((one) => typeof one === "string");
  const found = useQueries({
    queries: missing.map((answer) => ({
      queryKey: ["conversations", "messages", conversation, answer, "one"],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const page = await conversationsApi.messages(conversation ?? "", { leaf: answer, limit: 2 }, signal);
        return turnsOf(page.data).at(-1) ?? null;
      },
      enabled: conversation !== undefined,
    })),
  });
  // Its branch is not the one that is shown, so that nobody else picks it up after a reload.
  const going = found.find(({ data }) => data?.status === "answering")?.data;
  useEffect(() => {
    if (conversation && going) pickUp(conversation, going);
  }, [conversation, going]);
  const pair = two.flatMap((one) =>
    typeof one === "string" ? (found[missing.indexOf(one)]?.data ?? []) : one,
  );
  return pair.length === 2 ? pair : null;
}
