import { expect, test } from "vitest";
import type { ModelStanding } from "@/shared/types";
import { healthOf, priceOf } from "./standing";
import { textsOf } from "./texts";

const model: ModelStanding = {
  name: "small",
  kind: "language",
  provider: "openai",
  usable: true,
  why_not: null,
  default: false,
  price: { known: true, free: false, input: "0.75", output: "4.5", source: null, as_of: null },
  breaker: { state: "closed", retry_after_s: 0 },
  routes: ["auto"],
};

test("a model works, is taken out for a while, is tried, or lacks its key", () => {
  const breaker = (state: string) => ({ ...model, breaker: { state, retry_after_s: 12.2 } });
  expect(healthOf(model).word).toBe("working");
  expect(healthOf(breaker("open"))).toMatchObject({ word: "taken out", more: "tried again in 13 s" });
  expect(healthOf(breaker("half_open")).word).toBe("being tried");
  expect(healthOf({ ...model, usable: false, why_not: "set OPENAI_API_KEY" }).more).toBe(
    "set OPENAI_API_KEY",
  );
});

test("a price that is not known is never nothing", () => {
  const price = { known: false, free: false, input: null, output: null, source: null, as_of: null };
  expect(priceOf(model)).toBe("$0.75 in, $4.50 out");
  expect(priceOf({ ...model, price })).toBe("not known");
  expect(priceOf({ ...model, price: { ...price, known: true, free: true } })).toBe("free");
});

test("typed lists lose blanks and repetitions", () => {
  expect(textsOf(" pay rise, bonus,, bonus ", ",")).toEqual(["pay rise", "bonus"]);
  expect(textsOf("One?\n\nTwo?\n", "\n")).toEqual(["One?", "Two?"]);
});
