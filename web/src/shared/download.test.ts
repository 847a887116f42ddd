import { expect, test } from "vitest";
import { fileName } from "./download";

test("the name of a file is its title without what file systems refuse", () => {
  expect(fileName("How: does/it work?", "pdf")).toBe("How does it work.pdf");
  expect(fileName("Что это? 何ですか", "md")).toBe("Что это 何ですか.md");
  expect(fileName("?!", "md")).toBe("conversation.md");
});

test("a long title ends after a word, and a word without an end is cut", () => {
  const long =
    "How can devices be connected to the television set and what limits are there for each of them";
  expect(fileName(long, "md")).toBe(
    "How can devices be connected to the television set and what limits are there for.md",
  );
  expect(fileName("x".repeat(200), "md")).toBe(`${"x".repeat(80)}.md`);
});
