import { expect, test } from "vitest";
import { moment, refusalOf } from "./refusal";

test("a blocked message says what to do and cannot be sent again as it is", () => {
  const refusal = refusalOf(
    {
      code: "content_filter",
      message: "messages[0] reads like an attempt to override the model's instructions",
    },
    false,
  );
  expect(refusal.what).toBe("This message was not sent to a model.");
  expect(refusal.why).toBe("Your message reads like an attempt to override the model's instructions.");
  expect(refusal.hint).toContain("Edit it");
  expect(refusal.final).toBe(true);
});

test("an answer that a guard stopped broke off, and may be asked for again", () => {
  const refusal = refusalOf(
    { code: "content_filter", message: "the answer was stopped: it held a key" },
    true,
  );
  expect(refusal).toMatchObject({ what: "The answer broke off.", hint: "", final: false });
});

test("a reached limit tells the moment, not seconds that are wrong a second later", () => {
  const retry_at = "2026-11-26T10:00:36.000Z";
  const message = "the limit of 100 requests an hour for this user is reached; try again in 36 s";
  const refusal = refusalOf({ code: "rate_limit_exceeded", message, retry_at }, false);
  expect(refusal.why).toBe("The limit of 100 requests an hour for this user is reached.");
  expect(refusal).toMatchObject({ final: false, notBefore: retry_at });
});

test("an error nobody knows keeps its words", () => {
  expect(refusalOf({ code: "new", message: "it rained" }, false)).toEqual({
    what: "This question could not be answered.",
    why: "It rained.",
    hint: "",
    final: false,
    notBefore: null,
  });
});

test("a moment of today has no day", () => {
  const now = new Date(2026, 10, 26, 9, 0, 0);
  expect(moment(new Date(2026, 10, 26, 14, 5, 36).toISOString(), now)).toBe("at 14:05:36");
  expect(moment(new Date(2026, 11, 1, 0, 0, 0).toISOString(), now)).toMatch(/^on Dec 1, 2026/);
});

test("a stored failure has no message of its own, and says in words what its code means", () => {
  const told = (code: string) => refusalOf({ code, message: "" }, true).why;
  expect(told("provider_busy")).toBe("The model had too much to do.");
  expect(told("odd")).toBe("All that is known of the reason is its code, odd.");
});

test("the name of a model is written as it is", () => {
  const refusal = refusalOf({ code: "provider_down", message: "small: the provider failed (500)" }, false);
  expect(refusal.why).toBe("small: the provider failed (500).");
});
