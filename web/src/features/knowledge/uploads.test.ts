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
  expect(outcome(200, { data: [stored] })).toMatchObject({ state: "added", documentId: "d1", error: null });
  const refused = {
    source: "a.pdf",
    status: "failed",
    document: null,
    error: { message: "It is encrypted." },
  };
  expect(outcome(200, { data: [refused] })).toMatchObject({ state: "failed", error: "It is encrypted." });
});

test("a failed request is a failed file, with the server's words where it had any", () => {
  expect(outcome(413, { error: { message: "Too large." } })).toMatchObject({
    state: "failed",
    error: "Too large.",
  });
  expect(outcome(502, null)).toMatchObject({
    state: "failed",
    error: "The server answered with status 502.",
  });
});

test("each file of a request has its own outcome", () => {
  const data = [
    { source: "a.md", status: "added", document: null, error: null },
    { source: "b.md", status: "failed", document: null, error: { message: "It is empty." } },
  ];
  expect(outcome(200, { data }, 1)).toMatchObject({ state: "failed", error: "It is empty." });
});

test("small files travel together, a large one and those of another collection do not", () => {
  const small = (id: number) => upload({ id });
  const ids = (all: Upload[]) => nextBatch(all).map(({ id }) => id);
  expect(ids([upload({ id: 1, state: "added" }), small(2), small(3)])).toEqual([2, 3]);
  expect(ids([upload({ id: 1, size: 9_000_000 }), small(2)])).toEqual([1]);
  expect(ids([small(1), upload({ id: 2, size: 9_000_000 })])).toEqual([1]);
  expect(ids([small(1), upload({ id: 2, collection: "other" })])).toEqual([1]);
  expect(ids(Array.from({ length: 40 }, (_, id) => small(id)))).toHaveLength(16);
  expect(ids([])).toEqual([]);
});

test("the time left follows the pace so far, and is not guessed without one", () => {
  const done = Array.from({ length: 5 }, (_, n) => upload({ state: "added", ended_ms: 2000 + n * 1000 }));
  expect(secondsLeft([...done, upload({}), upload({})])).toBe(2);
  expect(secondsLeft([upload({}), upload({})])).toBeNull();
  expect(secondsLeft(done)).toBeNull();
});
