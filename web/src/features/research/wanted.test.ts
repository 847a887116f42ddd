import { expect, test } from "vitest";
import type { Run } from "@/shared/research-types";
import { FIVE, problem, START, type Wanted, wantedAgain, wantedRun } from "./wanted";

test("what is left out of the budget is left to the server", () => {
  expect(wantedRun({ ...START, topic: " Ferries " })).toMatchObject({
    topic: "Ferries",
    budget: {},
    questions: 6,
  });
  const run = wantedRun({ ...START, tokens: "20,000", usd: "0.5", minutes: "2" });
  expect(run.budget).toEqual({ tokens: 20_000, usd: 0.5, seconds: 120 });
});

test("what cannot be begun is said before the server is asked", () => {
  const asked = { ...START, topic: "Ferries" };
  expect(problem(asked)).toBe("");
  expect(problem({ ...asked, tokens: "many" })).toContain("A budget is a number");
  expect(problem({ ...asked, usd: "-1" })).toContain("A budget is a number");
  expect(problem({ ...asked, usd: "0", minutes: "1.5", tokens: "20,000" })).toBe("");
  expect(problem({ ...asked, sources: [] })).toBe("Choose at least one place to look.");
  expect(problem({ ...asked, sources: ["pages"], addresses: " " })).toBe(
    "Name at least one address to read.",
  );
  expect(problem({ ...START, sources: [] })).toBe(""); // nothing is typed yet
});

test("another team has no outline and no other lead", () => {
  const other: Wanted = {
    ...START,
    topic: "Ferries",
    team: "content",
    orchestrator: "team",
    approve: ["outline", "report"],
  };
  expect(wantedRun(other)).toMatchObject({ orchestrator: "graph", approve: ["report"] });
  expect(wantedRun({ ...other, team: FIVE })).toMatchObject({ orchestrator: "team" });
});

test("a run can be asked for again as it was", () => {
  const asked: Wanted = {
    ...START,
    topic: "Ferries",
    sources: ["collections", "pages"],
    collections: ["island"],
    addresses: "https://a.example\nhttps://b.example",
    depth: "deep",
    orchestrator: "team",
    approve: ["outline"],
    minutes: "2",
  };
  const { topic, budget, ...settings } = wantedRun(asked);
  const whole = { tokens: 500_000, usd: "2", ...budget } as Run["settings"]["budget"];
  expect(wantedAgain({ topic, settings: { ...settings, budget: whole } })).toEqual(asked);
});

test("addresses and collections go along only with their source", () => {
  const typed = { ...START, addresses: "https://a.example\n https://b.example ", collections: ["island"] };
  expect(wantedRun(typed)).toMatchObject({ addresses: [], collections: ["island"] });
  expect(wantedRun({ ...typed, sources: ["pages"] })).toMatchObject({
    addresses: ["https://a.example", "https://b.example"],
    collections: [],
  });
});
