/** A conversation that somebody shared: read only, for anybody who has the link. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { ApiError } from "@/shared/api";
import { conversationsApi } from "@/shared/conversations-api";
import { confidenceWord, exactly, place, sourceName } from "@/shared/format";
import type { SharedConversation } from "@/shared/types";
import { Failure, Skeleton } from "@/shared/ui/states";
import { AnswerText, PlainAnswer } from "./answer-text";
import { modelName } from "./model-name";
import { answererOf } from "./request";
import { SourcesContext } from "./sources-context";
import { turnsOf } from "./stored";
import { citedSources, type Turn } from "./turn";

export function SharedPage() {
  const { token = "" } = useParams({ strict: false });
  const shared = useQuery({
    queryKey: ["shared", token],
    queryFn: ({ signal }) => conversationsApi.shared(token, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const title = shared.data?.title;
  useEffect(() => {
    document.title = title ? `${title} – Answerable` : "Answerable";
  }, [title]);
  const gone = shared.error instanceof ApiError && shared.error.status === 404;
  return (
    <div className="@container h-full overflow-y-auto px-4 md:px-8">
      <div className="mx-auto max-w-2xl py-8">
        {shared.isPending && <Skeleton lines={6} label="Loading the conversation" />}
        {gone && (
          <div className="py-16 text-center">
            <h1 className="text-xl font-semibold">Nothing is shared at this address</h1>
            <p className="mt-2 text-muted">
              The link has ended or was withdrawn. Ask who sent it for a new one.
            </p>
          </div>
        )}
        {shared.error && !gone && (
          <Failure
            what="The conversation could not be loaded."
            error={shared.error}
            onRetry={() => void shared.refetch()}
          />
        )}
        {shared.data && <Shared shared={shared.data} />}
      </div>
    </div>
  );
}

function Shared({ shared: { title, messages, shared_at, expires_at } }: { shared: SharedConversation }) {
  const turns = useMemo(() => turnsOf(messages), [messages]);
  return (
    <>
      <header className="border-b border-line pb-5">
        <p className="flex items-center gap-2 text-sm text-muted">
          <img src="/favicon.svg" alt="" className="size-4" /> A shared conversation, as it was on{" "}
          {exactly(shared_at)}
        </p>
        <h1 dir="auto" className="mt-2 text-2xl font-semibold tracking-tight break-words">
          {title}
        </h1>
      </header>
      {turns.map((turn) => (
        <SharedTurn key={turn.id} turn={turn} />
      ))}
      <footer className="border-t border-line pt-4 text-xs text-faint">
        Answers are written by a machine. This link ends on {exactly(expires_at)}.
      </footer>
    </>
  );
}

const NOTHING = { sentence: null, number: null };

function SharedTurn({ turn }: { turn: Turn }) {
  const article = useRef<HTMLElement>(null);
  // The documents stay with who asked: a number leads to what is quoted of them.
  const sources = useMemo(
    () => ({
      open: (_: string, { number }: { number: number }) =>
        article.current?.querySelector<HTMLElement>(`[data-source="${number}"]`)?.focus(),
      isOpen: () => false,
    }),
    [],
  );
  return (
    <article
      ref={article}
      aria-label={turn.question || "An answer"}
      className="border-b border-line py-6 last-of-type:border-0"
    >
      <h2
        dir="auto"
        className="text-xl leading-snug font-semibold tracking-tight break-words whitespace-pre-line"
      >
        {turn.question}
      </h2>
      <div className="mt-4">
        <SourcesContext value={sources}>
          {turn.sentences.length > 0 ? (
            <AnswerText turn={turn} highlight={NOTHING} onHighlight={() => undefined} collection="" />
          ) : (
            <PlainAnswer text={turn.abstention?.message ?? turn.plain} />
          )}
        </SourcesContext>
      </div>
      {turn.status === "stopped" && <p className="mt-3 text-sm text-muted">Stopped here.</p>}
      <Quoted turn={turn} />
      <p className="mt-4 text-xs text-faint">
        {[
          modelName(answererOf(turn)),
          turn.confidence !== null && turn.sentences.length > 0
            ? `${confidenceWord(turn.confidence)} confidence`
            : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </article>
  );
}

function Quoted({ turn }: { turn: Turn }) {
  const sources = citedSources(turn);
  if (sources.length === 0) return null;
  return (
    <section aria-label="Sources" className="mt-6">
      <h3 className="eyebrow">Sources</h3>
      <ol className="mt-1.5">
        {sources.map((source) => (
          <li
            key={source.number}
            data-source={source.number}
            tabIndex={-1}
            className="flex items-baseline gap-3 rounded-lg py-1.5 text-sm outline-none focus:bg-mark"
          >
            <span className="w-5 shrink-0 text-right font-semibold text-accent tabular-nums">
              {source.number}
            </span>
            <span dir="auto" className="min-w-0 flex-1">
              <span className="font-medium">{source.title}</span>{" "}
              <span className="text-xs text-muted">
                {place(source.page, source.heading_path, source.title) || sourceName(source.source)}
              </span>
              <span className="block text-xs text-muted">“{source.quote}”</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
