/** The scrolling column of turns. A new question moves to the top, with room reserved below: what is read never moves. */
import { useEffect, useRef } from "react";
import type { Turn } from "./turn";
import { TurnView } from "./turn-view";
import type { TurnDeeds } from "./use-deeds";

interface TurnsProps {
  turns: Turn[];
  conversation: string;
  deeds: TurnDeeds;
  pair: Turn[] | null;
  /** The question that `pair` answers. */
  versus: string | undefined;
  /** The message that was looked for. */
  found: string | undefined;
  /** How to load what came before; null where this is all. */
  earlier: { isFetchingNextPage: boolean; fetchNextPage: () => unknown } | null;
}

export function Turns({ turns, conversation, deeds, pair, versus, found, earlier }: TurnsProps) {
  const column = useRef<HTMLElement>(null);
  const last = turns.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last question, and nothing else, moves the column
  useEffect(() => {
    if (found === undefined)
      column.current?.querySelector("article:last-of-type")?.scrollIntoView({ block: "start" });
  }, [last]);
  return (
    <section
      ref={column}
      aria-label="Conversation"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="@container relative [container-type:size] min-h-0 flex-1 overflow-y-auto px-4 outline-none md:px-8"
    >
      {earlier && (
        <div className="py-3 text-center">
          <button
            type="button"
            className="button-quiet"
            disabled={earlier.isFetchingNextPage}
            onClick={() => earlier.fetchNextPage()}
          >
            {earlier.isFetchingNextPage ? "Loading…" : "Show what came before"}
          </button>
        </div>
      )}
      {turns.map((turn, index) => {
        const { question, answer } = turn.place;
        return (
          <TurnView
            key={turn.id}
            turn={turn}
            conversation={conversation}
            deeds={deeds}
            last={index === turns.length - 1}
            pair={versus !== undefined && question === versus ? pair : null}
            found={found !== undefined && (question === found || answer === found)}
          />
        );
      })}
    </section>
  );
}
