import { expect, test, vi } from "vitest";
import {
  addTurn,
  belongTo,
  type Conversation,
  conversations,
  dropFrom,
  prune,
  remove,
  restore,
  titleOf,
} from "./conversations";
import { newTurn } from "./turn";

const turn = (id: string, question = "What is it?") =>
  newTurn(id, question, { collection: "handbook", model: "extractive", compare: false });
const conversation = (id: string, ...turns: ReturnType<typeof turn>[]): Conversation => ({
  id,
  title: id,
  updated_at: "",
  turns,
});

test("an answer that was being written when the page closed is a stopped one after reload", () => {
  const [restored] = restore([
    conversation("a", { ...turn("1"), status: "answering" }, { ...turn("2"), status: "done" }),
  ]);
  expect(restored?.turns.map(({ status }) => status)).toEqual(["stopped", "done"]);
});

test("a turn that an older page saved has no events yet", () => {
  const { events: _, ...old } = turn("1");
  const [restored] = restore([conversation("a", old as ReturnType<typeof turn>)]);
  expect(restored?.turns[0]?.events).toEqual([]);
});

test("only the newest traces are stored", () => {
  const many = Array.from({ length: 15 }, (_, index) => ({ ...turn(`${index}`), trace: { ms: index } }));
  const pruned = prune([conversation("new", ...many), conversation("old", ...many)]);
  const kept = (at: number) => pruned[at]?.turns.filter(({ trace }) => trace !== null).map(({ id }) => id);
  expect(kept(0)).toHaveLength(15);
  expect(kept(1)).toEqual(["10", "11", "12", "13", "14"]);
});

test("a new question moves its conversation to the top, and editing one drops what followed", () => {
  addTurn("a", turn("1", "First?"));
  addTurn("b", turn("2"));
  addTurn("a", turn("3"));
  addTurn("a", turn("4"));
  expect(conversations.get().map(({ id }) => id)).toEqual(["a", "b"]);
  dropFrom("a", "3");
  expect(conversations.get()[0]).toMatchObject({ title: "First?", turns: [{ id: "1" }] });
  remove("a");
  expect(conversations.get().map(({ id }) => id)).toEqual(["b"]);
});

test("a title is one short line", () => {
  expect(titleOf("  How\n long? ")).toBe("How long?");
  expect(titleOf("x".repeat(90))).toHaveLength(60);
});

test("people who share a browser have their own conversations, and find them again", () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  expect(belongTo("ann")).toBe(true);
  addTurn("a", turn("1", "Ann's question"));
  expect(belongTo("ann")).toBe(false);
  expect(belongTo("bo")).toBe(true);
  expect(conversations.get()).toEqual([]);
  addTurn("b", turn("2", "Bo's question"));
  belongTo("ann");
  expect(conversations.get().map(({ title }) => title)).toEqual(["Ann's question"]);
  vi.unstubAllGlobals();
});
