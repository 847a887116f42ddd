/** An outline while a person edits it. Pure. */
import type { Decision, FoundDocument, Outline } from "@/shared/research-types";

export interface Row {
  key: string;
  /** Null for a section that the person added. */
  id: string | null;
  heading: string;
  question: string;
  passages: number;
  documents: FoundDocument[];
}

export interface Editing {
  title: string;
  rows: Row[];
}

export const MOST_SECTIONS = 10;

export function begin(outline: Outline): Editing {
  const rows = outline.sections.map(({ id, heading, question, passages, documents }) => ({
    key: id,
    id,
    heading,
    question,
    passages,
    documents,
  }));
  return { title: outline.title, rows };
}

export function move(editing: Editing, at: number, step: 1 | -1): Editing {
  const to = at + step;
  const rows = [...editing.rows];
  const [one] = rows.splice(at, 1);
  if (!one || to < 0 || to > rows.length) return editing;
  rows.splice(to, 0, one);
  return { ...editing, rows };
}

export function change(editing: Editing, at: number, values: Partial<Row>): Editing {
  return { ...editing, rows: editing.rows.map((row, index) => (index === at ? { ...row, ...values } : row)) };
}

export function remove(editing: Editing, at: number): Editing {
  return { ...editing, rows: editing.rows.filter((_, index) => index !== at) };
}

export function add(editing: Editing, key: string): Editing {
  const row = { key, id: null, heading: "", question: "", passages: 0, documents: [] };
  return { ...editing, rows: [...editing.rows, row] };
}

export function isChanged(editing: Editing, outline: Outline): boolean {
  return JSON.stringify(editing) !== JSON.stringify(begin(outline));
}

/** What keeps it from being taken, in words; "" when nothing does. */
export function problem({ rows }: Editing): string {
  if (rows.length === 0) return "A report needs at least one section.";
  if (rows.some((row) => !row.heading.trim())) return "Every section needs a heading.";
  return "";
}

export function decision(editing: Editing): Decision {
  const sections = editing.rows.map(({ id, heading, question }) => {
    const asked = question.trim();
    if (id !== null) return { id, heading: heading.trim() };
    return { heading: heading.trim(), ...(asked ? { question: asked } : {}) };
  });
  return { decision: "edit", outline: { title: editing.title.trim(), sections } };
}
