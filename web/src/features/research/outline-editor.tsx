/** The outline that waits: text edited in place; sections move, go, and are added with a question of their own. */
import { useMutation } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { plural } from "@/shared/format";
import { researchApi } from "@/shared/research-api";
import type { Decision, Outline, Run } from "@/shared/research-types";
import { Failure } from "@/shared/ui/states";
import {
  add,
  begin,
  change,
  decision,
  type Editing,
  isChanged,
  MOST_SECTIONS,
  move,
  problem,
  type Row,
  remove,
} from "./outline";
import { keepRun } from "./queries";
import { Rejection } from "./rejection";

export function OutlineEditor({ run, outline }: { run: Run; outline: Outline }) {
  const [editing, setEditing] = useState(() => begin(outline));
  const [said, setSaid] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const decide = useMutation({
    mutationFn: (taken: Decision) => researchApi.decide(run.id, taken),
    onSuccess: keepRun,
  });
  const changed = isChanged(editing, outline);
  const wrong = problem(editing);
  const moveRow = (at: number, step: 1 | -1) => {
    const next = move(editing, at, step);
    if (next === editing) return;
    setEditing(next);
    setSaid(`Moved to place ${at + step + 1} of ${next.rows.length}`);
    // The field moves with its row; a browser takes the focus from what is moved in the page.
    const key = editing.rows[at]?.key;
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-row="${key}"] input`)?.focus(),
    );
  };
  const addRow = () => {
    const key = `new-${Date.now()}`;
    setEditing(add(editing, key));
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-row="${key}"] input`)?.focus(),
    );
  };
  return (
    <section aria-labelledby="outline" className="rounded-xl border border-mark-line/60 bg-raised p-4 md:p-5">
      <h2 id="outline" className="font-semibold">
        The outline waits for you
      </h2>
      <p className="mt-0.5 text-sm text-muted">
        Rename, move and remove what is planned, or add a section: its question is looked for before anything
        is written. <kbd className="font-sans text-xs">Alt ↑ ↓</kbd> moves a section.
      </p>
      <label className="mt-4 block text-xs text-faint" htmlFor="outline-title">
        Title
      </label>
      <input
        id="outline-title"
        className="field mt-0.5 font-medium"
        maxLength={200}
        value={editing.title}
        onChange={(event) => setEditing({ ...editing, title: event.target.value })}
      />
      <ol ref={list} aria-label="Sections" className="mt-3 space-y-2">
        {editing.rows.map((row, at) => (
          <SectionRow
            key={row.key}
            row={row}
            at={at}
            of={editing.rows.length}
            onChange={(values) => setEditing(change(editing, at, values))}
            onMove={(step) => moveRow(at, step)}
            onRemove={() => {
              setEditing(remove(editing, at));
              setSaid(`Removed “${row.heading}”`);
            }}
          />
        ))}
      </ol>
      <p className="sr-only" role="status">
        {said}
      </p>
      <button
        type="button"
        className="button-quiet mt-2"
        disabled={editing.rows.length >= MOST_SECTIONS}
        onClick={addRow}
      >
        <Plus aria-hidden className="size-4" /> Add a section
      </button>
      {decide.error && (
        <div className="mt-3">
          <Failure what="The decision was not taken." error={decide.error} />
        </div>
      )}
      <Foot
        editing={editing}
        changed={changed}
        wrong={wrong}
        pending={decide.isPending}
        onDecide={decide.mutate}
      >
        {changed && (
          <button type="button" className="button" onClick={() => setEditing(begin(outline))}>
            Undo my changes
          </button>
        )}
      </Foot>
      <Rejection
        what="another outline"
        hint="What should be otherwise? The analyst plans it anew."
        pending={decide.isPending}
        onReject={(note) => decide.mutate({ decision: "reject", note })}
      />
    </section>
  );
}

interface FootProps {
  editing: Editing;
  changed: boolean;
  wrong: string;
  pending: boolean;
  onDecide: (taken: Decision) => void;
  children: React.ReactNode;
}

function Foot({ editing, changed, wrong, pending, onDecide, children }: FootProps) {
  return (
    <div className="mt-4 flex flex-wrap items-center gap-2 border-t border-line pt-4">
      <button
        type="button"
        className="button-primary px-5"
        disabled={pending || (changed && wrong !== "")}
        onClick={() => onDecide(changed ? decision(editing) : { decision: "approve" })}
      >
        {changed ? "Write it like this" : "Write it"}
      </button>
      {children}
      {wrong && <p className="text-sm text-warn">{wrong}</p>}
    </div>
  );
}

interface RowProps {
  row: Row;
  at: number;
  of: number;
  onChange: (values: Partial<Row>) => void;
  onMove: (step: 1 | -1) => void;
  onRemove: () => void;
}

function SectionRow({ row, at, of, onChange, onMove, onRemove }: RowProps) {
  const name = row.heading || `section ${at + 1}`;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    onMove(event.key === "ArrowUp" ? -1 : 1);
  };
  return (
    <li data-row={row.key} className="rounded-lg border border-line bg-page p-2.5" onKeyDown={onKeyDown}>
      <div className="flex flex-wrap items-center gap-1 sm:flex-nowrap">
        <span aria-hidden className="w-6 text-center text-sm text-faint tabular-nums">
          {at + 1}
        </span>
        <input
          aria-label={`Heading of section ${at + 1}`}
          className="field min-w-0 flex-1 border-transparent hover:border-line-strong/60 max-sm:basis-[calc(100%-2rem)]"
          placeholder="Its heading"
          maxLength={120}
          value={row.heading}
          onChange={(event) => onChange({ heading: event.target.value })}
        />
        <span className="flex max-sm:ml-auto">
          <button
            type="button"
            className="button-quiet"
            aria-label={`Move ${name} up`}
            disabled={at === 0}
            onClick={() => onMove(-1)}
          >
            <ArrowUp aria-hidden className="size-4" />
          </button>
          <button
            type="button"
            className="button-quiet"
            aria-label={`Move ${name} down`}
            disabled={at === of - 1}
            onClick={() => onMove(1)}
          >
            <ArrowDown aria-hidden className="size-4" />
          </button>
          <button type="button" className="button-quiet" aria-label={`Remove ${name}`} onClick={onRemove}>
            <X aria-hidden className="size-4" />
          </button>
        </span>
      </div>
      {row.id === null ? (
        <input
          aria-label={`Question of section ${at + 1}`}
          className="field mt-2 sm:ml-7 sm:w-[calc(100%-1.75rem)]"
          placeholder="What should it answer? It is looked for in the sources"
          maxLength={400}
          value={row.question}
          onChange={(event) => onChange({ question: event.target.value })}
        />
      ) : (
        <p dir="auto" className="mt-0.5 px-3 text-xs text-muted sm:ml-7">
          {plural(row.passages, "passage")} of {row.documents.map(({ title }) => title).join(", ")}
        </p>
      )}
    </li>
  );
}
