/** One topic: what recognises it and what is said; edited in place. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/shared/api";
import { plural } from "@/shared/format";
import type { Topic } from "@/shared/types";
import { SecondLook } from "@/shared/ui/second-look";
import { Failure } from "@/shared/ui/states";
import { topicsQuery } from "./queries";
import { TopicForm } from "./topic-form";

export function TopicRow({ topic }: { topic: Topic }) {
  const [editing, setEditing] = useState(false);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: topicsQuery.queryKey });
  const remove = useMutation({ mutationFn: () => api.admin.removeTopic(topic.name), onSettled: refresh });
  const turn = useMutation({
    mutationFn: (enabled: boolean) => api.admin.putTopic({ ...topic, enabled }),
    onSettled: refresh,
  });
  const { name, action, message, enabled } = topic;
  const problem = remove.error ?? turn.error;
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className={`font-medium break-words ${enabled ? "" : "text-muted"}`}>
            {name}
            <span className="ml-2 text-sm font-normal text-muted">
              {action === "people" ? "goes to people" : "gets a notice"}
              {!enabled && ", switched off"}
            </span>
          </p>
          <p className="text-sm break-words text-muted">{recognised(topic)}</p>
          <p dir="auto" className="mt-1 border-l-2 border-line-strong/50 pl-3 text-sm break-words">
            {message}
          </p>
        </div>
        {!editing && (
          <div className="flex flex-wrap gap-x-1">
            <button
              type="button"
              className="button-quiet"
              aria-label={`Switch ${name} ${enabled ? "off" : "on"}`}
              disabled={turn.isPending}
              onClick={() => turn.mutate(!enabled)}
            >
              Switch {enabled ? "off" : "on"}
            </button>
            <button
              type="button"
              className="button-quiet"
              aria-label={`Edit ${name}`}
              onClick={() => setEditing(true)}
            >
              Edit
            </button>
            <SecondLook
              word="Remove"
              label={`Remove ${name}`}
              sure="Remove"
              keep="Keep"
              danger
              disabled={remove.isPending}
              onSure={() => remove.mutate()}
            />
          </div>
        )}
      </div>
      {editing && <TopicForm topic={topic} onDone={() => setEditing(false)} />}
      {problem && (
        <div className="mt-2">
          <Failure what="The topic was not changed." error={problem} />
        </div>
      )}
    </li>
  );
}

function recognised({ keywords, examples }: Topic): string {
  const words = keywords.length > 0 ? `Words: ${keywords.join(", ")}` : "";
  return [words, examples.length > 0 ? plural(examples.length, "example") : ""].filter(Boolean).join(" · ");
}
