import { expect, test } from "vitest";
import type { Block } from "../types";
import { cutAt, listItems, MOST_ROWS, tableRows } from "./structure";

const block = (start: number, end: number): Block => ({
  start,
  end,
  kind: "prose",
  page: null,
  heading_path: [],
});
const cut = (text: string, start = 0) => {
  const points = Array.from(text);
  return (span: { start: number; end: number }) =>
    points.slice(span.start - start, span.end - start).join("");
};

test("an item takes in the lines that go on with it, and knows how deep it stands", () => {
  const text = "- one\n  more\n  - inner 😀\n2. two";
  const items = listItems(text, 100);
  expect(items.map(cut(text, 100))).toEqual(["- one\n  more", "- inner 😀", "2. two"]);
  expect(items.map(({ depth }) => depth)).toEqual([0, 1, 0]);
});

test("cells are the text between bars, where they stand in the document", () => {
  const text = "| 😀 a | b \\| c |\n|  | d |";
  const rows = tableRows(text, 50) ?? [];
  expect(rows.map((row) => row.map(cut(text, 50)))).toEqual([
    ["😀 a", "b \\| c"],
    ["", "d"],
  ]);
});

test("what is no table of bars stays text, and so does one that is too long", () => {
  expect(tableRows("a\tb\nc\td", 0)).toBeNull();
  expect(tableRows("", 0)).toBeNull();
  expect(tableRows("| a |\n".repeat(MOST_ROWS + 1), 0)).toBeNull();
});

test("blocks are cut where chunks begin inside of them and nowhere else", () => {
  const spans = (starts: number[]) =>
    cutAt([block(0, 10), block(12, 20)], starts).map(({ start, end }) => [start, end]);
  expect(spans([0, 12])).toEqual([
    [0, 10],
    [12, 20],
  ]);
  expect(spans([15, 0, 4, 8])).toEqual([
    [0, 4],
    [4, 8],
    [8, 10],
    [12, 15],
    [15, 20],
  ]);
  expect(spans([11, 99])).toEqual([
    [0, 10],
    [12, 20],
  ]);
});
