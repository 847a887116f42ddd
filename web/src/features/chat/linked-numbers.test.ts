import { expect, test } from "vitest";
import { withLinks } from "./linked-numbers";

const linked = (text: string) => withLinks(text, new Set([1, 3]), "a");

test("the numbers of sources become links, others and those in code stay", () => {
  expect(linked("It leaves at 9:15. [1][3] See [2] and [1](x).")).toBe(
    "It leaves at 9:15.[1](#a-source-1)[3](#a-source-3) See [2] and [1](x).",
  );
  expect(linked("`row[1]`\n```\nrow [1]\n```\n[1]")).toBe("`row[1]`\n```\nrow [1]\n```\n[1](#a-source-1)");
});
