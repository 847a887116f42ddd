import { expect, test } from "vitest";
import type { RequestEvent } from "@/shared/types";
import { answererOf, hitOf, measured, remarkOn, settledOf, toolsOf } from "./request";
import { applyChunk, newTurn } from "./turn";

const routed = (model: string, more: object = {}): RequestEvent => ({
  type: "routed",
  model,
  reason: "a plain question",
  ...more,
});
const after = (...events: RequestEvent[]) =>
  events.reduce(
    (turn, answerable) => applyChunk(turn, { answerable }),
    newTurn("t", "Why?", { collection: null, model: "auto", compare: false }),
  );

test("events are kept in the order they came", () => {
  const tool: RequestEvent = {
    type: "tool_ran",
    name: "clock",
    arguments: "{}",
    summary: "9:15",
    ok: true,
    ms: 1,
  };
  const settled: RequestEvent = { type: "settled", model: "b", cost_usd: "0.1" };
  const turn = after(routed("a"), routed("b", { fallbacks: 1 }), tool, settled);
  expect(turn.events.map(({ type }) => type)).toEqual(["routed", "routed", "tool_ran", "settled"]);
  expect(toolsOf(turn)).toEqual([tool]);
  expect(settledOf(turn)).toBe(settled);
  expect(answererOf(turn)).toBe("b");
});

test("who answers is the last route until it is settled, and at first what was asked for", () => {
  expect(answererOf(after())).toBe("auto");
  expect(answererOf(after(routed("a"), routed("b", { fallbacks: 1 })))).toBe("b");
});

test("a cached answer says so, and how old it is", () => {
  const hit = (kind: "exact" | "semantic", age_s: number): RequestEvent => ({
    type: "cache_hit",
    kind,
    similarity: 0.97,
    age_s,
  });
  expect(remarkOn(after(hit("exact", 754)))).toBe(
    "From the cache: this question was answered 13 minutes ago.",
  );
  expect(remarkOn(after(hit("semantic", 5)))).toBe(
    "From the cache: a question with the same meaning was answered a moment ago.",
  );
  expect(hitOf(after(hit("exact", 1)))?.kind).toBe("exact");
});

test("a degraded answer says so, a usual one and a plain fallback say nothing", () => {
  expect(remarkOn(after(routed("a")))).toBeNull();
  expect(remarkOn(after(routed("a"), routed("b", { fallbacks: 1 })))).toBeNull();
  expect(remarkOn(after(routed("extractive", { fallbacks: 2, degraded: true })))).toContain(
    "No language model",
  );
});

test("the router's figures are told where there are any", () => {
  const figures = (more: object) => measured(routed("a", more) as Extract<RequestEvent, { type: "routed" }>);
  expect(figures({ complexity: 3.14, confidence: 0.857 })).toBe("complexity 3.1 of 10, 86 % sure");
  expect(figures({ complexity: null })).toBe("");
});
