import { expect, test } from "vitest";
import { isWrapped, paragraphs, segments, slicer } from "./spans";

test("offsets count characters, also behind an emoji", () => {
  expect(slicer("plain text")(6, 10)).toBe("text");
  expect(slicer("a 😀 smile")(4, 9)).toBe("smile");
  expect(slicer("😀😀")(0, 2)).toBe("😀😀");
  expect(slicer("😀 end")(2, 99)).toBe("end");
});

test("a block is cut at the borders of the mark", () => {
  expect(segments(10, 20, { start: 12, end: 15 })).toEqual([
    { start: 10, end: 12, marked: false },
    { start: 12, end: 15, marked: true },
    { start: 15, end: 20, marked: false },
  ]);
  expect(segments(10, 20, { start: 0, end: 30 })).toEqual([{ start: 10, end: 20, marked: true }]);
  expect(segments(10, 20, { start: 20, end: 30 })).toEqual([{ start: 10, end: 20, marked: false }]);
  expect(segments(10, 20, null)).toEqual([{ start: 10, end: 20, marked: false }]);
});

test("a text without structure falls into paragraphs that keep their place", () => {
  const text = "One 😀.\n\nTwo.\n \nThree.";
  const slice = slicer(text);
  expect(paragraphs(text).map(({ start, end }) => slice(start, end))).toEqual(["One 😀.", "Two.", "Three."]);
});

test("long lines were wrapped and may flow, short lines were meant", () => {
  const long = "a line that somebody broke by hand because it had grown too long";
  expect(isWrapped(`${long}\n${long}\nthe end.`)).toBe(true);
  expect(isWrapped("12 Harbour Road\nPort Appin\nArgyll")).toBe(false);
  expect(isWrapped("one line")).toBe(false);
});
