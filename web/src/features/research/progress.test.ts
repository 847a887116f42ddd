import { expect, test } from "vitest";
import type { Run, RunEvent } from "@/shared/research-types";
import { statusWords, team, told } from "./progress";

const run = { status: "running", stage: "compile", settings: { team: "research" } } as Run;
function event(agent: RunEvent["agent"], kind: string, data: RunEvent["data"] = {}, text = ""): RunEvent {
  return { number: 1, at: "", agent, kind, text, data };
}

test("each agent's work is told in a few words, and the one after the last step is alive", () => {
  const states = team(run, [
    event("researcher", "searched", { evidence: ["a", "b"] }),
    event("researcher", "searched", { evidence: ["b", "c"] }),
    event("writer", "wrote", { sentences: 4 }),
    event("critic", "judged", { score: 8 }),
    event("editor", "revised", { sentences: [3, 5] }),
  ]);
  expect(states.map(({ done }) => done)).toEqual([
    "3 passages",
    "",
    "4 sentences",
    "8.0 of 10",
    "1 revision",
  ]);
  expect(states.filter(({ alive }) => alive).map(({ agent }) => agent)).toEqual(["analyst"]);
});

test("nobody is alive in a run that waits or is over", () => {
  for (const status of ["waiting", "done", "failed", "cancelled"] as const)
    expect(team({ ...run, status }, []).some(({ alive }) => alive)).toBe(false);
});

test("an unknown step leaves the agent alive that spoke last", () => {
  const states = team({ ...run, stage: "elsewhere" }, [event("critic", "judged")]);
  expect(states.find(({ alive }) => alive)?.agent).toBe("critic");
});

test("of another team those are shown who have said something", () => {
  const other = { ...run, settings: { ...run.settings, team: "content" } };
  const states = team(other, [event("person", "approval"), event("drafter", "made"), event("judge", "made")]);
  expect(states).toEqual([
    { agent: "drafter", done: "1 step", alive: false },
    { agent: "judge", done: "1 step", alive: true },
  ]);
});

test("bookkeeping is not told, and what is unknown is told in its own words", () => {
  const told_ = told([event("writer", "asked"), event("editor", "sang", {}, "a song"), event("", "ended")]);
  expect(told_.map(({ title }) => title)).toEqual(["a song"]);
});

test("what the editor compares in a row is one entry", () => {
  const list = told([
    event("researcher", "searched", {}, "Ferries?"),
    event("editor", "searched", {}, "It leaves at nine."),
    event("editor", "asked"),
    event("editor", "searched", {}, "It costs seven pounds."),
    event("editor", "published", { references: 2 }, "Ferries"),
  ]);
  expect(list.map(({ title }) => title)).toEqual([
    "Looked for “Ferries?”",
    "Compared 2 statements with other sources",
    "Published “Ferries”",
  ]);
  expect(list[1]?.list).toEqual(["It leaves at nine.", "It costs seven pounds."]);
});

test("a judgement counts its issues", () => {
  const one = event("critic", "judged", { score: 9.94, issues: [{}] }, "9.9 of 10, 1 issues");
  expect(told([one])[0]?.title).toBe("Judged it: 9.9 of 10, 1 issue");
  expect(told([event("critic", "judged", {}, "not at all")])[0]?.title).toBe("Judged it: not at all");
});

test("a revision tells how many sentences it has after it", () => {
  expect(told([event("editor", "revised", { sentences: [3, 5] }, "Guards")])[0]?.detail).toBe("5 sentences");
});

test("a run that waits says for what", () => {
  expect(statusWords({ status: "waiting", waiting_for: "outline" })).toBe("Waits for you: outline");
  expect(statusWords({ status: "cancelled", waiting_for: null })).toBe("Ended");
});
