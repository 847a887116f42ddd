import { expect, test } from "vitest";
import type { Outline } from "@/shared/research-types";
import { add, begin, change, decision, isChanged, move, problem, remove } from "./outline";

const outline: Outline = {
  title: "Ferries",
  sections: ["s1", "s2", "s3"].map((id) => ({
    id,
    heading: id.toUpperCase(),
    question: "?",
    parts: [],
    passages: 1,
    documents: [],
  })),
};
const ids = (editing: ReturnType<typeof begin>) => editing.rows.map(({ id }) => id);

test("a section moves by one, and not beyond the ends", () => {
  const editing = begin(outline);
  expect(ids(move(editing, 0, 1))).toEqual(["s2", "s1", "s3"]);
  expect(ids(move(editing, 2, -1))).toEqual(["s1", "s3", "s2"]);
  expect(move(editing, 0, -1)).toBe(editing);
  expect(move(editing, 2, 1)).toBe(editing);
});

test("what was edited goes to the server: kept sections by id, added ones with their question", () => {
  let editing = remove(begin(outline), 1);
  editing = change(editing, 0, { heading: " The first " });
  editing = change(add(editing, "new"), 2, { heading: "Winter", question: "Does it run in winter?" });
  expect(decision(editing)).toEqual({
    decision: "edit",
    outline: {
      title: "Ferries",
      sections: [
        { id: "s1", heading: "The first" },
        { id: "s3", heading: "S3" },
        { heading: "Winter", question: "Does it run in winter?" },
      ],
    },
  });
});

test("an added section may come without a question", () => {
  const editing = change(add({ title: "T", rows: [] }, "new"), 0, { heading: "Winter" });
  expect(decision(editing).outline?.sections).toEqual([{ heading: "Winter" }]);
});

test("whether it was changed is known, also when a change is taken back", () => {
  const editing = begin(outline);
  expect(isChanged(editing, outline)).toBe(false);
  expect(isChanged(move(editing, 0, 1), outline)).toBe(true);
  expect(isChanged(move(move(editing, 0, 1), 1, -1), outline)).toBe(false);
});

test("an outline without sections or with an empty heading is not taken", () => {
  expect(problem(begin(outline))).toBe("");
  expect(problem({ title: "T", rows: [] })).toContain("at least one");
  expect(problem(add(begin(outline), "new"))).toContain("heading");
});
