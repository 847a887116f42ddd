import { expect, test } from "vitest";
import { limits, limitsOf, noteLimits } from "./limits";

const POLICY = '"user-requests";q=100;w=3600, "user-tokens";q=20000;w=60;qu="tokens"';
const STATE = '"user-requests";r=98;t=72, "user-tokens";r=18890;t=4';

test("policy and state become limits, by name", () => {
  expect(limitsOf(POLICY, STATE)).toEqual([
    { name: "user-requests", unit: "requests", limit: 100, remaining: 98, window_s: 3600 },
    { name: "user-tokens", unit: "tokens", limit: 20_000, remaining: 18_890, window_s: 60 },
  ]);
  expect(limitsOf('"user-concurrent";q=4;qu="concurrent-requests"', '"user-concurrent";r=3;t=0')[0]).toEqual({
    name: "user-concurrent",
    unit: "concurrent",
    limit: 4,
    remaining: 3,
    window_s: null,
  });
});

test("a policy without a state is left out, and no headers are no limits", () => {
  expect(limitsOf(POLICY, '"user-tokens";r=5;t=4').map(({ name }) => name)).toEqual(["user-tokens"]);
  expect(limitsOf("", "")).toEqual([]);
});

test("a reply without limits leaves what was known", () => {
  noteLimits(new Headers({ "ratelimit-policy": POLICY, ratelimit: STATE }));
  noteLimits(new Headers());
  expect(limits.get()?.list).toHaveLength(2);
});
