import { expect, test } from "vitest";
import type { Collection } from "@/shared/types";
import { answering, choiceOf } from "./preferences";

const collection = (name: string, documents: number): Collection => ({
  name,
  documents,
  chunks: 0,
  embedded_chunks: 0,
  pending_chunks: 0,
  updated_at: null,
  embedder: "minilm",
});
const all = [collection("small", 2), collection("large", 9)];
const extractive = { id: "extractive" };
const llama = { id: "llama" };

test("a model that only embeds cannot be chosen to answer", () => {
  expect(answering([extractive, llama, { id: "minilm" }], all)).toEqual([extractive, llama]);
});

test("what was chosen last holds while it exists, else the fullest collection and the first model", () => {
  expect(choiceOf({ collection: "small", model: "llama" }, all, [extractive, llama])).toMatchObject({
    collection: "small",
    model: "llama",
  });
  expect(choiceOf({ collection: "gone", model: "gone" }, all, [extractive])).toMatchObject({
    collection: "large",
    model: "extractive",
  });
});

test("a choice is trusted until the lists have arrived", () => {
  expect(choiceOf({ collection: "small" }, undefined, [])).toEqual({
    collection: "small",
    model: "extractive",
    compare: false,
    second: null,
  });
});

test("no documents is a choice only where a model can answer by itself", () => {
  expect(choiceOf({ collection: null }, all, [extractive, llama]).collection).toBeNull();
  expect(choiceOf({ collection: null }, all, [extractive]).collection).toBe("large");
});
