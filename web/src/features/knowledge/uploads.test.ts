import { expect, test } from "vitest";
import { nextBatch, outcome, secondsLeft, type Upload } from "./uploads";

const upload = (change: Partial<Upload>): Upload => ({
  id: 1,
  collection: "docs",
  name: "a.md",
  size: 1000,
  state: "waiting",
  sent: 0,
  error: null,
  documentId: null,
  began_ms: 1000,
  ended_ms: null,
  ...change,
});

test("a stored file knows its document, and a refused one its reason", () => {
  const stored = { source: "a.md", status: "added", document: { id: "d1" }, error: null };
  expect(outcome("a.md", 200, { data: [stored] })).toMatchObject({
    state: "added",
    documentId: "d1",
    error: null,
  });
  const refused = {
    source: "a.pdf",
    status: "failed",
    document: null,
    error: { message: "a.pdf: is encrypted." },
  };
  expect(outcome("a.pdf", 200, { data: [refused] })).toMatchObject({
    state: "failed",
    error: "Is encrypted.",
  });
});

test("a failed request is a failed file, with the server's words where it had any", () => {
  expect(outcome("a.md", 413, { error: { message: "Too large." } })).toMatchObject({
    state: "failed",
    error: "Too large.",
  });
  expect(outcome("a.md", 502, null)).toMatchObject({
    state: "failed",
    error: "The server answered with status 502.",
  });
});

test("each file of a request has its own outcome, whatever the order", () => {
  const result = (source: string, status: string) => {
    const error = status === "failed" ? { message: "It is empty." } : null;
    return { source, status, document: null, error };
  };
  const data = [
    result("b.md", "failed"),
    result("a.md", "added"),
    result("c.jsonl#1", "added"),
    result("c.jsonl#2", "failed"),
  ];
  const states = ["a.md", "b.md", "c.jsonl", "d.md"].map((name) => outcome(name, 200, { data }).state);
  expect(states).toEqual(["added", "failed", "failed", "failed"]);
});

test("small files travel together, a large one and those of another collection do not", () => {
  const small = (id: number) => upload({ id, name: `${id}.md` });
  const ids = (all: Upload[]) => nextBatch(all).map(({ id }) => id);
  expect(ids([upload({ id: 1, state: "added" }), small(2), small(3)])).toEqual([2, 3]);
  expect(ids([upload({ id: 1, size: 9_000_000 }), small(2)])).toEqual([1]);
  expect(ids([small(1), upload({ id: 2, size: 9_000_000 })])).toEqual([1]);
  expect(ids([small(1), upload({ id: 2, collection: "other" })])).toEqual([1]);
  expect(ids(Array.from({ length: 40 }, (_, id) => small(id)))).toHaveLength(16);
  expect(ids([upload({ id: 1 }), upload({ id: 2 })])).toEqual([1]); // one name, two contents: two versions
  expect(ids([])).toEqual([]);
});

test("the time left follows the pace so far, and is not guessed without one", () => {
  const done = Array.from({ length: 5 }, (_, n) => upload({ state: "added", ended_ms: 2000 + n * 1000 }));
  expect(secondsLeft([...done, upload({}), upload({})])).toBe(2);
  expect(secondsLeft([upload({}), upload({})])).toBeNull();
  expect(secondsLeft(done)).toBeNull();
});
