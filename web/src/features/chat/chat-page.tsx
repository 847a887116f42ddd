/** A conversation: its turns, the question box, and the panel with a source or the reasons. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useKeys } from "@/shared/keys";
import { collectionsQuery, modelsQuery } from "@/shared/queries";
import { useStore } from "@/shared/store";
import { Page } from "@/shared/ui/page";
import { Failure } from "@/shared/ui/states";
import { ask, type Choice, stop } from "./ask";
import { Composer } from "./composer";
import { conversations } from "./conversations";
import { answering, choiceOf, draft, preferences } from "./preferences";
import { SourcePanel } from "./source-panel";
import { isLive } from "./turn";
import { TurnView } from "./turn-view";
import { useChatPanel } from "./use-source";
import { Welcome } from "./welcome";
import { WhyPanel } from "./why-panel";

function useChoice() {
  const collections = useQuery(collectionsQuery);
  const models = useQuery(modelsQuery);
  const wanted = useStore(preferences);
  const usable = useMemo(
    () => answering(models.data ?? [], collections.data ?? []),
    [models.data, collections.data],
  );
  const choice = useMemo(
    () => choiceOf(wanted, collections.data, usable),
    [wanted, collections.data, usable],
  );
  return { collections, models: usable, choice };
}

export function ChatPage() {
  const { conversation: id } = useParams({ strict: false });
  const { q, in: wanted } = useSearch({ strict: false });
  const all = useStore(conversations);
  const conversation = all.find((candidate) => candidate.id === id);
  const turns = conversation?.turns ?? [];
  const { collections, models, choice } = useChoice();
  const panel = useChatPanel();
  const navigate = useNavigate();
  const live = turns.some(isLive);

  useEffect(() => {
    document.title = conversation ? `${conversation.title} – Answerable` : "Answerable";
  }, [conversation]);
  // A link may bring a question and a collection; once taken over they leave the address, or a reload would undo a choice.
  useEffect(() => {
    if (!q && !wanted) return;
    if (q) draft.set(q);
    if (wanted) preferences.update((before) => ({ ...before, collection: wanted }));
    void navigate({
      to: ".",
      search: (before) => ({ ...before, q: undefined, in: undefined }),
      replace: true,
    });
  }, [q, wanted, navigate]);

  const keys = useMemo(() => ({ ".": () => id && stop(id) }), [id]);
  useKeys(keys);

  const submit = (question: string, using: Choice = choice) => {
    const next = ask(conversation?.id, question, using);
    if (next !== id) void navigate({ to: "/c/$conversation", params: { conversation: next } });
  };

  const box = (
    <Composer
      collections={collections.data ?? []}
      models={models}
      choice={choice}
      live={live}
      onAsk={submit}
      onStop={() => id && stop(id)}
    />
  );
  const whyTurn = turns.find((turn) => turn.id === panel.why);
  const side = panel.source ? (
    <SourcePanel
      key={JSON.stringify(panel.source)}
      source={panel.source}
      turns={turns}
      onClose={panel.close}
    />
  ) : whyTurn ? (
    <WhyPanel turn={whyTurn} onClose={panel.close} />
  ) : undefined;

  if (turns.length === 0) {
    return (
      <Page panel={side}>
        <div className="relative flex h-full flex-col overflow-y-auto px-4 md:px-8">
          {collections.error && (
            <div className="mx-auto mt-6 w-full max-w-2xl">
              <Failure
                what="The collections could not be loaded."
                error={collections.error}
                onRetry={() => void collections.refetch()}
              />
            </div>
          )}
          <Welcome
            missing={id !== undefined && !conversation}
            collections={collections.data ?? (collections.error ? [] : undefined)}
            choice={choice}
            onAsk={submit}
          >
            {box}
          </Welcome>
        </div>
      </Page>
    );
  }
  return (
    <Page panel={side}>
      <div className="flex h-full flex-col">
        <h1 className="sr-only">{conversation?.title}</h1>
        <Turns key={id} count={turns.length}>
          {turns.map((turn, index) => (
            <TurnView
              key={turn.id}
              turn={turn}
              conversation={conversation?.id ?? ""}
              choice={choice}
              last={index === turns.length - 1}
            />
          ))}
        </Turns>
        <div className="border-t border-line bg-page px-4 pt-3 pb-3 md:border-0 md:px-8 md:pb-5">
          <div className="mx-auto max-w-2xl">{box}</div>
        </div>
      </div>
    </Page>
  );
}

/** The scrolling column. A new question moves to the top, with room reserved below: what is read never moves. */
function Turns({ count, children }: { count: number; children: React.ReactNode }) {
  const column = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (count < 1) return;
    const last = column.current?.querySelector("article:last-of-type");
    last?.scrollIntoView({ block: "start" });
  }, [count]);
  return (
    <section
      ref={column}
      aria-label="Conversation"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="@container relative [container-type:size] min-h-0 flex-1 overflow-y-auto px-4 outline-none md:px-8"
    >
      {children}
    </section>
  );
}
