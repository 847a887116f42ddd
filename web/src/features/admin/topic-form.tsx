/** Adding a topic, or changing one: what recognises it and what is said then. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { api } from "@/shared/api";
import type { Topic } from "@/shared/types";
import { Failure } from "@/shared/ui/states";
import { topicsQuery } from "./queries";
import { textsOf } from "./texts";

interface TopicFormProps {
  /** The one to change; without it a new one is made. */
  topic?: Topic;
  onDone: () => void;
}

export function TopicForm({ topic, onDone }: TopicFormProps) {
  const [name, setName] = useState(topic?.name ?? "");
  const [keywords, setKeywords] = useState(topic?.keywords.join(", ") ?? "");
  const [examples, setExamples] = useState(topic?.examples.join("\n") ?? "");
  const [action, setAction] = useState<Topic["action"]>(topic?.action ?? "people");
  const [message, setMessage] = useState(topic?.message ?? "");
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      api.admin.putTopic({
        name: name.trim(),
        keywords: textsOf(keywords, ","),
        examples: textsOf(examples, "\n"),
        action,
        message: message.trim(),
        enabled: topic?.enabled ?? true,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: topicsQuery.queryKey });
      onDone();
    },
  });
  const known = textsOf(keywords, ",").length + textsOf(examples, "\n").length > 0;
  const ready = name.trim() !== "" && known && (action === "people" || message.trim() !== "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) save.mutate();
  };
  return (
    <form
      aria-label={topic ? `Edit ${topic.name}` : "New topic"}
      className="mt-5 max-w-2xl space-y-4 rounded-xl border border-line bg-raised p-4"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onDone();
      }}
    >
      {!topic && (
        <Field label="Topic" hint="">
          <input
            className="field"
            // biome-ignore lint/a11y/noAutofocus: the form was just asked for
            autoFocus
            maxLength={100}
            placeholder="salaries"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      )}
      <Field label="Words" hint="Divided by commas. A question with one of them is about the topic.">
        <input
          className="field"
          placeholder="salary, pay rise, bonus"
          value={keywords}
          onChange={(event) => setKeywords(event.target.value)}
        />
      </Field>
      <Field label="Example questions" hint="One a line. Questions of the same meaning are about the topic.">
        <textarea
          className="field py-2"
          rows={3}
          placeholder="How much does my manager earn?"
          value={examples}
          onChange={(event) => setExamples(event.target.value)}
        />
      </Field>
      <fieldset>
        <legend className="text-sm font-medium">Such a question</legend>
        <div className="mt-1 flex flex-wrap gap-x-6">
          <Action word="goes to people" mine="people" chosen={action} onChoose={setAction} />
          <Action word="gets a notice" mine="notice" chosen={action} onChoose={setAction} />
        </div>
      </fieldset>
      <Field
        label="What the reader is told"
        hint={action === "people" ? "Left empty, it says that a member of the staff will answer." : ""}
      >
        <textarea
          className="field py-2"
          rows={2}
          maxLength={4000}
          value={message}
          onChange={(event) => setMessage(event.target.value)}
        />
      </Field>
      {save.error && <Failure what="The topic was not saved." error={save.error} />}
      <div className="flex gap-2">
        <button type="submit" className="button-primary" disabled={!ready || save.isPending}>
          Save
        </button>
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function Field({ label, hint, children }: { label: string; hint: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="block text-sm">
      <span className="font-medium">{label}</span>
      <span className="mt-1 block">{children}</span>
      {hint && <span className="mt-1 block text-xs text-muted">{hint}</span>}
    </label>
  );
}

interface ActionProps {
  word: string;
  mine: Topic["action"];
  chosen: Topic["action"];
  onChoose: (action: Topic["action"]) => void;
}

function Action({ word, mine, chosen, onChoose }: ActionProps) {
  return (
    <label className="flex min-h-11 items-center gap-2 text-sm md:min-h-8">
      <input
        type="radio"
        name="action"
        className="size-4 accent-accent"
        checked={chosen === mine}
        onChange={() => onChoose(mine)}
      />
      {word}
    </label>
  );
}
