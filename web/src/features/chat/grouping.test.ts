import { expect, test } from "vitest";
import type { Conversation } from "@/shared/conversation-types";
import { byDay, countOf, folderTree } from "./grouping";

const NOW = new Date(2026, 10, 26, 14, 0);

function at(id: string, ...moment: [number, number, number, number, number?]): Conversation {
  const updated_at = new Date(...moment).toISOString();
  return {
    id,
    title: id,
    folder: "",
    tags: [],
    archived: false,
    leaf: null,
    created_at: updated_at,
    updated_at,
  };
}

test("conversations are grouped by the days of whoever looks, in the order they have", () => {
  const all = [
    at("noon", 2026, 10, 26, 12),
    at("midnight", 2026, 10, 26, 0),
    at("evening", 2026, 10, 25, 23, 59),
    at("friday", 2026, 10, 20, 0),
    at("thursday", 2026, 10, 19, 23, 59),
  ];
  expect(byDay(all, NOW).map(({ name, conversations }) => [name, conversations.map(({ id }) => id)])).toEqual(
    [
      ["Today", ["noon", "midnight"]],
      ["Yesterday", ["evening"]],
      ["Last 7 days", ["friday"]],
      ["Older", ["thursday"]],
    ],
  );
});

test("folders nest by slashes, those on the way included, and count what is inside", () => {
  const tree = folderTree([
    { name: "work/reports/2026", conversations: 2 },
    { name: "home", conversations: 1 },
    { name: "work", conversations: 3 },
  ]);
  expect(tree.map(({ name }) => name)).toEqual(["home", "work"]);
  const work = tree[1];
  expect(work?.folders[0]).toMatchObject({ name: "reports", path: "work/reports", conversations: 0 });
  expect(work && countOf(work)).toBe(5);
});
