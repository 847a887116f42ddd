/** The topic switch: questions about these topics go to people, or get a fixed notice, instead of an answer. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { topicsQuery } from "./queries";
import { TopicForm } from "./topic-form";
import { TopicRow } from "./topic-row";

export function Topics() {
  const topics = useQuery(topicsQuery);
  const [adding, setAdding] = useState(false);
  return (
    <section aria-labelledby="topics">
      <h2 id="topics" className="sr-only">
        Topics
      </h2>
      <p className="max-w-2xl text-muted">
        Questions about these topics are not answered by a machine. They go to people, or get a fixed notice.
        A change holds within seconds.
      </p>
      <div className="mt-5">
        {topics.isPending && <Skeleton lines={3} label="Loading the topics" />}
        {topics.error && (
          <Failure
            what="The topics could not be loaded."
            error={topics.error}
            onRetry={() => void topics.refetch()}
          />
        )}
        {topics.data?.length === 0 && !adding && <Empty title="No topics">Every question is answered.</Empty>}
        {topics.data && topics.data.length > 0 && (
          <ul aria-label="Topics" className="divide-y divide-line border-y border-line">
            {topics.data.map((topic) => (
              <TopicRow key={topic.name} topic={topic} />
            ))}
          </ul>
        )}
        {adding ? (
          <TopicForm onDone={() => setAdding(false)} />
        ) : (
          <button type="button" className="button mt-5" onClick={() => setAdding(true)}>
            Add a topic
          </button>
        )}
      </div>
    </section>
  );
}
