import { expect, test } from "vitest";
import { pieces } from "./marked";

test("marks count letters, not the halves that the browser stores some of them in", () => {
  expect(
    pieces("🚢 the ferry leaves", [
      [6, 11],
      [12, 18],
    ]),
  ).toEqual([
    { text: "🚢 the ", marked: false },
    { text: "ferry", marked: true },
    { text: " ", marked: false },
    { text: "leaves", marked: true },
  ]);
});
