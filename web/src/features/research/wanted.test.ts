import { expect, test } from "vitest";
import { START, wantedRun } from "./wanted";

test("what is left out of the budget is left to the server", () => {
  expect(wantedRun({ ...START, topic: " Ferries " })).toMatchObject({
    topic: "Ferries",
    budget: {},
    questions: 6,
  });
  const run = wantedRun({ ...START, tokens: "20,000", usd: "0.5", minutes: "2" });
  expect(run.budget).toEqual({ tokens: 20_000, usd: 0.5, seconds: 120 });
  expect(wantedRun({ ...START, tokens: "many" }).budget).toEqual({});
});

test("addresses and collections go along only with their source", () => {
  const typed = { ...START, addresses: "https://a.example\n https://b.example ", collections: ["island"] };
  expect(wantedRun(typed)).toMatchObject({ addresses: [], collections: ["island"] });
  expect(wantedRun({ ...typed, sources: ["pages"] })).toMatchObject({
    addresses: ["https://a.example", "https://b.example"],
    collections: [],
  });
});
