/** Answers that a person should look at: those with a low mark, and questions that got none. For reviewers. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import type { ReviewItem as Item } from "@/shared/types";
import { Page } from "@/shared/ui/page";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { reviewQuery } from "./queries";
import { ReviewItem } from "./review-item";

const PARTS: [Item["status"], string][] = [
  ["open", "Open"],
  ["done", "Settled"],
];

export function ReviewPage() {
  const { status = "open" } = useSearch({ strict: false }) as { status?: Item["status"] };
  const navigate = useNavigate();
  const items = useInfiniteQuery(reviewQuery(status));
  useEffect(() => {
    document.title = "Review – Answerable";
  }, []);
  return (
    <Page>
      <div className="relative h-full overflow-y-auto px-4 md:px-8">
        <div className="mx-auto max-w-3xl py-8">
          <h1 className="text-2xl font-semibold tracking-tight">Review</h1>
          <p className="mt-1 text-muted">
            Answers that readers found poor, and questions that the documents could not answer. You see the
            question and the answer, never the conversation.
          </p>
          <fieldset className="mt-5 flex gap-1">
            <legend className="sr-only">Which are shown</legend>
            {PARTS.map(([part, word]) => (
              <button
                key={part}
                type="button"
                aria-pressed={part === status}
                className={`button-quiet px-3 ${part === status ? "bg-hover font-medium text-ink" : ""}`}
                onClick={() => void navigate({ to: "/review", search: { status: part }, replace: true })}
              >
                {word}
              </button>
            ))}
          </fieldset>
          <div className="mt-4">
            {items.isPending && <Skeleton lines={6} label="Loading the queue" />}
            {items.error && (
              <Failure
                what="The queue could not be loaded."
                error={items.error}
                onRetry={() => void items.refetch()}
              />
            )}
            {items.data?.length === 0 &&
              (status === "open" ? (
                <Empty title="Nothing to look at">
                  Answers with a thumb down, and questions without an answer, will be listed here.
                </Empty>
              ) : (
                <Empty title="Nothing is settled yet" />
              ))}
            {items.data && items.data.length > 0 && (
              <ul aria-label="Answers to look at" className="divide-y divide-line border-y border-line">
                {items.data.map((item) => (
                  <ReviewItem key={item.id} item={item} />
                ))}
              </ul>
            )}
            {items.hasNextPage && (
              <button
                type="button"
                className="button mt-4"
                disabled={items.isFetchingNextPage}
                onClick={() => void items.fetchNextPage()}
              >
                Show more
              </button>
            )}
          </div>
        </div>
      </div>
    </Page>
  );
}
