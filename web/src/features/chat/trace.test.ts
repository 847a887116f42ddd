import { expect, test } from "vitest";
import { byRank, byReason, featureWord, linesBetween, stepWord, titlesOf } from "./trace";

const ranked = (...ids: (string | number)[]) => ids.map((chunk_id, index) => ({ chunk_id, rank: index + 1 }));

test("lines join the same chunk in both rankings, whatever the type of its id", () => {
  expect(linesBetween(ranked(7, 8, 9), ranked("9", "7"))).toEqual([
    { chunk: "7", from: 0, to: 1 },
    { chunk: "9", from: 2, to: 0 },
  ]);
});

test("a ranking is shown in the order of its ranks and cut", () => {
  expect(byRank(ranked("a", "b", "c").toReversed(), 2).map(({ chunk_id }) => chunk_id)).toEqual(["a", "b"]);
  expect(byRank(undefined, 3)).toEqual([]);
});

test("a chunk is named by the first ranking that knows its title", () => {
  const titles = titlesOf({
    keyword: [{ chunk_id: 1, rank: 1, title: "Leave" }],
    fused: [{ chunk_id: 1, rank: 1 }],
  });
  expect(titles.get("1")).toBe("Leave");
  const headed = titlesOf({
    fused: [{ chunk_id: 2, rank: 1, title: "Leave", heading_path: ["Rules", "Sick days"] }],
  });
  expect(headed.get("2")).toBe("Sick days");
});

test("steps and figures are named in words, those of a newer server by their own", () => {
  expect(stepWord("vectors")).toBe("Search by meaning");
  expect(stepWord("warm_up")).toBe("warm up");
  expect(featureWord("agreement")).toBe("Both rankings agree");
  expect(featureWord("new_one")).toBe("new one");
});

test("what was left out is gathered by its reason", () => {
  const groups = byReason([
    { chunk_id: 1, reason: "too many" },
    { chunk_id: 2, reason: "repeats" },
    { chunk_id: 3, reason: "too many" },
  ]);
  expect([...groups].map(([reason, chunks]) => [reason, chunks.length])).toEqual([
    ["too many", 2],
    ["repeats", 1],
  ]);
});
