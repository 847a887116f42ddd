import { expect, test } from "vitest";
import { outcome } from "./uploads";

test("a stored file knows its document, and a refused one its reason", () => {
  const stored = { source: "a.md", status: "added", document: { id: "d1" }, error: null };
  expect(outcome(200, { data: [stored] })).toMatchObject({ state: "added", documentId: "d1", error: null });
  const refused = {
    source: "a.pdf",
    status: "failed",
    document: null,
    error: { message: "It is encrypted." },
  };
  expect(outcome(200, { data: [refused] })).toMatchObject({ state: "failed", error: "It is encrypted." });
});

test("a failed request is a failed file, with the server's words where it had any", () => {
  expect(outcome(413, { error: { message: "Too large." } })).toMatchObject({
    state: "failed",
    error: "Too large.",
  });
  expect(outcome(502, null)).toMatchObject({
    state: "failed",
    error: "The server answered with status 502.",
  });
});
