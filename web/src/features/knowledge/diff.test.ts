import { expect, test } from "vitest";
import { type DiffLine, diffLines, hunks } from "./diff";

const rebuilt = (lines: DiffLine[], without: "added" | "removed") =>
  lines
    .filter(({ kind }) => kind !== without)
    .map(({ text }) => text)
    .join("\n");
const shown = (lines: DiffLine[]) =>
  lines.map(({ kind, text }) => `${{ same: " ", removed: "-", added: "+" }[kind]}${text}`);

test("a changed line is one removed and one added", () => {
  expect(shown(diffLines("a\nb\nc", "a\nx\nc"))).toEqual([" a", "-b", "+x", " c"]);
});

test("equal texts have no difference", () => {
  expect(diffLines("a\nb", "a\nb").every(({ kind }) => kind === "same")).toBe(true);
});

test("both texts can be rebuilt from any diff, and it is as short as can be", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const longestCommon = (a: string[], b: string[]): number => {
    let row = new Array<number>(b.length + 1).fill(0);
    for (const line of a) {
      const next = [0];
      b.forEach((other, index) => {
        next.push(line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
      });
      row = next;
    }
    return row.at(-1) ?? 0;
  };
  for (let round = 0; round < 200; round += 1) {
    const text = () => Array.from({ length: 1 + random(9) }, () => "abcd"[random(4)] ?? "a");
    const [a, b] = [text(), text()];
    const lines = diffLines(a.join("\n"), b.join("\n"));
    expect(rebuilt(lines, "added")).toBe(a.join("\n"));
    expect(rebuilt(lines, "removed")).toBe(b.join("\n"));
    expect(lines.filter(({ kind }) => kind === "same")).toHaveLength(longestCommon(a, b));
  }
});

test("hunks keep what is near a change and count what is left out", () => {
  const before = Array.from({ length: 30 }, (_, line) => `line ${line}`);
  const after = before.with(15, "changed");
  const [hunk, ...others] = hunks(diffLines(before.join("\n"), after.join("\n")));
  expect(others).toEqual([]);
  expect(hunk?.skipped).toBe(12);
  expect(hunk?.lines).toHaveLength(8);
});
