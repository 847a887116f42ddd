import { expect, test } from "vitest";
import type { Citation } from "@/shared/types";
import { cells, inlineRuns, lastWord, layOut } from "./layout";

const lay = (...texts: string[]) =>
  layOut(texts.map((text) => ({ text, citations: [] }))).map((block) => [
    block.kind,
    ...block.sentences.map((sentence) => sentence.text),
  ]);

test("sentences flow in one paragraph until a blank line", () => {
  expect(lay("One.", " Two.", "\n\nThree.")).toEqual([
    ["paragraph", "One.", "Two."],
    ["paragraph", "Three."],
  ]);
});

test("dashes and numbers make list items, and what follows stays in the item", () => {
  expect(lay("Steps:", "\n- Open it.", " Wait.", "\n- Close it.", "\n1. Rest.")).toEqual([
    ["paragraph", "Steps:"],
    ["bullet", "Open it.", "Wait."],
    ["bullet", "Close it."],
    ["numbered", "Rest."],
  ]);
});

test("a quoted list item takes in no sentence of another source", () => {
  const cite = (number: number) => ({ number }) as Citation;
  const blocks = layOut([
    { text: "- Open the lid.", citations: [cite(1)] },
    { text: " Then wait.", citations: [cite(1)] },
    { text: " The lid is blue.", citations: [cite(2)] },
  ]);
  expect(blocks.map(({ kind, sentences }) => [kind, sentences.length])).toEqual([
    ["bullet", 2],
    ["paragraph", 1],
  ]);
});

test("rows gather into one table, whose rule is left out", () => {
  expect(lay("Speeds:", "\n\n| a | b |", "\n|---|---|", "\n| 1 | 2 |", "\n\nDone.")).toEqual([
    ["paragraph", "Speeds:"],
    ["table", "| a | b |", "| 1 | 2 |"],
    ["paragraph", "Done."],
  ]);
  expect(cells("| a | b \\| c | |")).toEqual(["a", "b | c", ""]);
});

test("fenced code is a block of its own", () => {
  expect(lay("Run:", "\n\n```bash\nmake run\n```", "\n\nDone.")).toEqual([
    ["paragraph", "Run:"],
    ["code", "make run"],
    ["paragraph", "Done."],
  ]);
});

test("a numbered item keeps the number that was written", () => {
  const blocks = layOut([
    { text: "1. Open.", citations: [] },
    { text: "\n3. Close.", citations: [] },
  ]);
  expect(blocks.map(({ marker }) => marker)).toEqual(["1.", "3."]);
});

test("a sentence keeps its index, wherever it is placed", () => {
  const blocks = layOut([
    { text: "A.", citations: [] },
    { text: "\n\nB.", citations: [] },
  ]);
  expect(blocks[1]?.sentences[0]?.index).toBe(1);
});

test("inline marks are understood and anything else is left alone", () => {
  expect(inlineRuns("Use **two** of `a*b` and 2 * 3 <b>x</b>")).toEqual([
    { text: "Use ", style: "plain" },
    { text: "two", style: "strong" },
    { text: " of ", style: "plain" },
    { text: "a*b", style: "code" },
    { text: " and 2 * 3 <b>x</b>", style: "plain" },
  ]);
});

test("the last word is split off to stay with its numbers", () => {
  expect(lastWord("It is kept.")).toEqual(["It is ", "kept."]);
  expect(lastWord("Kept.")).toEqual(["Kept.", ""]);
  expect(lastWord(`a ${"x".repeat(40)}`)).toEqual([`a ${"x".repeat(40)}`, ""]);
});
