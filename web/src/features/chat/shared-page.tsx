/** A conversation that somebody shared: read only, for anybody who has the link. The documents stay with who asked. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { ApiError } from "@/shared/api";
import type { SharedConversation, SharedMessage } from "@/shared/conversation-types";
import { conversationsApi } from "@/shared/conversations-api";
import { exactly } from "@/shared/format";
import { Failure, Skeleton } from "@/shared/ui/states";
import { PlainAnswer } from "./answer-text";
import { anchorOf, withLinks } from "./linked-numbers";
import { modelName } from "./model-name";

export function SharedPage() {
  const { token = "" } = useParams({ strict: false });
  const shared = useInfiniteQuery({
    queryKey: ["shared", token],
    queryFn: ({ pageParam, signal }) => conversationsApi.shared(token, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [first] = shared.data?.pages ?? [];
  const title = first?.title;
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
        {first && (
          <Shared shared={first} messages={shared.data?.pages.flatMap(({ messages }) => messages) ?? []}>
            {shared.hasNextPage && (
              <button
                type="button"
                className="button"
                disabled={shared.isFetchingNextPage}
                onClick={() => void shared.fetchNextPage()}
              >
                {shared.isFetchingNextPage ? "Loading…" : "Show what follows"}
              </button>
            )}
          </Shared>
        )}
      </div>
    </div>
  );
}

interface SharedProps {
  shared: SharedConversation;
  /** Of all pages that are loaded. */
  messages: SharedMessage[];
  children: ReactNode;
}

function Shared({ shared: { title, shared_at, expires_at }, messages, children }: SharedProps) {
  return (
    <>
      <header className="border-b border-line pb-5">
        <p className="text-sm text-muted">
          <img src="/favicon.svg" alt="" className="mr-2 inline size-4 align-text-bottom" />A shared
          conversation, as it was on {exactly(shared_at)}
        </p>
        <h1 dir="auto" className="mt-2 text-2xl font-semibold tracking-tight break-words">
          {title}
        </h1>
      </header>
      <div className="pb-6">
        {messages.map((message, at) =>
          message.role === "user" ? (
            <h2
              key={at}
              dir="auto"
              className="border-line pt-6 text-xl leading-snug font-semibold tracking-tight break-words whitespace-pre-line not-first:mt-6 not-first:border-t"
            >
              {message.content}
            </h2>
          ) : (
            <Answer key={at} at={at} message={message} />
          ),
        )}
        {children && <div className="pt-8">{children}</div>}
      </div>
      <footer className="border-t border-line pt-4 text-xs text-faint">
        Answers are written by a machine. This link ends on {exactly(expires_at)}.
      </footer>
    </>
  );
}

const ENDINGS: Partial<Record<SharedMessage["status"], string>> = {
  stopped: "Stopped here.",
  failed: "The answer broke off here.",
  interrupted: "The answer broke off here.",
};

function Answer({
  at,
  message: { content, status, model, citations },
}: {
  at: number;
  message: SharedMessage;
}) {
  const place = `answer-${at}`;
  const numbers = new Set(citations.map(({ number }) => number));
  return (
    <article aria-label="Answer" className="mt-4">
      <PlainAnswer text={withLinks(content, numbers, place)} />
      {ENDINGS[status] && <p className="mt-3 text-sm text-muted">{ENDINGS[status]}</p>}
      {citations.length > 0 && (
        <section aria-label="Sources" className="mt-6">
          <h3 className="eyebrow">Sources</h3>
          <ol className="mt-1.5">
            {citations.map(({ number, title, page, quote }) => (
              <li
                key={number}
                id={anchorOf(place, number)}
                className="flex items-baseline gap-3 rounded-lg py-1.5 text-sm target:bg-mark"
              >
                <span className="w-5 shrink-0 text-right font-semibold text-accent tabular-nums">
                  {number}
                </span>
                <span dir="auto" className="min-w-0 flex-1">
                  <span className="font-medium">{title}</span>
                  {page !== null && <span className="text-xs text-muted"> page {page}</span>}
                  <span className="block text-xs text-muted">“{quote}”</span>
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {model && <p className="mt-4 text-xs text-faint">{modelName(model)}</p>}
    </article>
  );
}
