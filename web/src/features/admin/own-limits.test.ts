import { expect, test } from "vitest";
import { limitsInWords, limitsOf, wordsOf } from "./own-limits";

test("what is left empty is as the tier says, none is without limit, and the way back is the same", () => {
  const limits = { requests_per_hour: 1500, usd_per_day: null, usd_per_month: 2.5 };
  expect(wordsOf(limits)).toEqual({ requests_per_hour: "1500", usd_per_day: "none", usd_per_month: "2.5" });
  expect(limitsOf({ ...wordsOf(limits), tokens_per_minute: " " })).toEqual({ limits, wrong: [] });
  expect(limitsOf({ requests_per_hour: "1,500" }).limits).toEqual({ requests_per_hour: 1500 });
});

test("what is no number is named", () => {
  expect(limitsOf({ usd_per_day: "much", usd_per_month: "-1" }).wrong).toEqual([
    "usd_per_day",
    "usd_per_month",
  ]);
});

test("limits in words", () => {
  expect(limitsInWords({})).toBe("");
  expect(limitsInWords({ requests_per_hour: 50, usd_per_day: null, usd_per_month: 2.5 })).toBe(
    "50 requests an hour, no budget a day, $2.50 a month",
  );
});
