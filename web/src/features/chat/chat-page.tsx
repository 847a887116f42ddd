/** A conversation: its turns, the question box, and the panel with a source, the reasons or the shares. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { ApiError } from "@/shared/api";
import { useKeys } from "@/shared/keys";
import { collectionsQuery, modelsQuery } from "@/shared/queries";
import { useStore } from "@/shared/store";
import { Page } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { forgetTemporary, stop } from "./ask";
import { ChatHead } from "./chat-head";
import { Composer } from "./composer";
import { NEW, TEMPORARY } from "./live";
import { answering, choiceOf, draft, preferences } from "./preferences";
import { SharePanel } from "./share-panel";
import { SourcePanel } from "./source-panel";
import { isLive, whyId } from "./turn";
import { Turns } from "./turns";
import { useDeeds } from "./use-deeds";
import { usePair } from "./use-pair";
import { useChatPanel } from "./use-source";
import { useMessageAt, useTurns } from "./use-turns";
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

/** A link may bring a question and a collection; once taken over they leave the address, or a reload would undo a choice. */
function useBrought() {
  const { q, in: wanted } = useSearch({ strict: false });
  const navigate = useNavigate();
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
}

export function ChatPage() {
  const { conversation: id } = useParams({ strict: false });
  const { at, versus, temporary = false } = useSearch({ strict: false });
  const { collections, models, choice } = useChoice();
  const { conversation, problem, pages, turns, live } = useTurns(id, temporary);
  const deeds = useDeeds(id, choice, temporary);
  const pair = usePair(
    id,
    turns.find(({ place }) => versus !== undefined && place.question === versus),
    live,
  );
  const navigate = useNavigate();
  useBrought();
  useMessageAt(id, at, pages);

  const title = temporary ? "Temporary chat" : conversation?.title;
  useEffect(() => {
    document.title = title ? `${title} – Answerable` : "Answerable";
  }, [title]);
  useEffect(() => {
    if (id === undefined && !temporary) forgetTemporary();
  }, [id, temporary]);

  const place = temporary ? TEMPORARY : (id ?? NEW);
  const keys = useMemo(() => ({ ".": () => void stop(place) }), [place]);
  useKeys(keys);

  // Who asks on while two answers stand side by side goes on with the first: the model that was chosen.
  const end = pair?.[0] ?? turns.at(-1);
  const submit = (question: string) => deeds.say(question, end?.place.answer ?? end?.place.parent ?? null);
  const box = (
    <Composer
      collections={collections.data ?? []}
      models={models}
      choice={choice}
      live={turns.some(isLive) || (pair?.some(isLive) ?? false)}
      temporary={temporary}
      onTemporary={
        turns.length > 0 || id !== undefined
          ? undefined
          : (wanted) => void navigate({ to: "/", search: wanted ? { temporary: true } : {}, replace: true })
      }
      onAsk={submit}
      onStop={() => void stop(place)}
    />
  );
  const side = <Side turns={turns} pair={pair} />;
  const missing = problem instanceof ApiError && problem.status === 404;

  if (turns.length === 0 && id !== undefined && !missing)
    return (
      <Page panel={side}>
        <div className="mx-auto max-w-2xl px-4 py-10">
          {pages.error ? (
            <Failure
              what="The conversation could not be loaded."
              error={pages.error}
              onRetry={() => void pages.refetch()}
            />
          ) : (
            pages.isPending && <Skeleton lines={6} label="Loading the conversation" />
          )}
          {pages.data?.length === 0 && box}
        </div>
      </Page>
    );
  if (turns.length === 0)
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
            missing={missing}
            temporary={temporary}
            collections={collections.data ?? (collections.error ? [] : undefined)}
            choice={choice}
            onAsk={submit}
          >
            {box}
          </Welcome>
        </div>
      </Page>
    );
  return (
    <Page panel={side}>
      <div className="flex h-full flex-col">
        <ChatHead title={title ?? ""} stored={id !== undefined} />
        <Turns
          key={place}
          turns={turns}
          conversation={place}
          deeds={deeds}
          pair={pair}
          versus={versus}
          found={at}
          earlier={pages.hasNextPage ? pages : null}
        />
        <div className="border-t border-line bg-page px-4 pt-3 pb-3 md:border-0 md:px-8 md:pb-5">
          <div className="mx-auto max-w-2xl">{box}</div>
        </div>
      </div>
    </Page>
  );
}

type Shown = Pick<ReturnType<typeof useTurns>, "turns"> & { pair: ReturnType<typeof usePair> };

/** The panel beside the conversation. */
function Side({ turns, pair }: Shown) {
  const { conversation: id } = useParams({ strict: false });
  const panel = useChatPanel();
  const all = [...turns, ...(pair ?? [])];
  if (panel.source)
    return (
      <SourcePanel
        key={JSON.stringify(panel.source)}
        source={panel.source}
        turns={all}
        onClose={panel.close}
      />
    );
  const reasons = all.find((turn) => whyId(turn) === panel.why);
  if (reasons) return <WhyPanel turn={reasons} onClose={panel.close} />;
  return panel.share && id ? <SharePanel conversation={id} onClose={panel.close} /> : null;
}
