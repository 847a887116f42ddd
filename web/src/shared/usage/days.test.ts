import { expect, test } from "vitest";
import type { UsageFigures, UsageReport } from "@/shared/types";
import { daysOf, measureOf, summary } from "./days";

const figures: UsageFigures = {
  requests: 3,
  cached: 1,
  unsuccessful: 0,
  prompt_tokens: 20,
  completion_tokens: 5,
  cost_usd: "0.5",
  unpriced: 0,
};
const report: UsageReport = {
  by: "day",
  since: "2026-02-27T13:00:00Z",
  until: "2026-03-02T12:00:00Z",
  data: [
    { ...figures, day: "2026-02-28" },
    { ...figures, day: "2026-03-02", requests: 1, cost_usd: null, unpriced: 1 },
  ],
  total: figures,
};

test("days without a request are there, in order, the first and the last included", () => {
  const days = daysOf(report);
  expect(days.map(({ day, requests }) => [day, requests])).toEqual([
    ["2026-02-27", 0],
    ["2026-02-28", 3],
    ["2026-03-01", 0],
    ["2026-03-02", 1],
  ]);
});

test("a bar is as high as what is measured", () => {
  const [, day] = daysOf(report);
  expect(day && [measureOf(day, "requests"), measureOf(day, "tokens"), measureOf(day, "cost")]).toEqual([
    3, 25, 0.5,
  ]);
});

test("who cannot see the bars hears the span and the highest one", () => {
  expect(summary(daysOf(report), "tokens")).toBe("Feb 27 to Mar 2: most on Feb 28, 25 tokens");
  expect(summary(daysOf({ ...report, data: [] }), "cost")).toBe("Feb 27 to Mar 2: nothing");
});
