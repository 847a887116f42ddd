import { expect, test } from "vitest";
import { safePath } from "./safe-path";

test("after signing in one goes on where one was", () => {
  expect(safePath("/knowledge/handbook?tab=about")).toBe("/knowledge/handbook?tab=about");
  expect(safePath(undefined)).toBe("/");
});

test("a link cannot lead to another site, nor in a circle", () => {
  for (const to of [
    "https://example.org",
    "//example.org",
    "/\\example.org",
    "javascript:alert(1)",
    "/sign-in?to=/",
  ])
    expect(safePath(to)).toBe("/");
});
