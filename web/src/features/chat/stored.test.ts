import { expect, test } from "vitest";
import type { StoredMessage } from "@/shared/conversation-types";
import { turnsOf } from "./stored";

const AT = "2026-11-26T12:00:00Z";

function message(id: string, role: StoredMessage["role"], more: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id,
    role,
    parent: null,
    content: `text of ${id}`,
    status: "done",
    error: null,
    model: role === "assistant" ? "small" : null,
    request_id: null,
    feedback: null,
    created_at: AT,
    updated_at: AT,
    answer: null,
    versions: [id],
    ...more,
  };
}

const citation = {
  number: 7,
  document_id: "d",
  title: "Ferry",
  source: "ferry.md",
  page: null,
  start: 0,
  end: 9,
  quote: "it leaves",
  support: 1,
  collection: "island",
};

test("a stored answer is the turn that its stream made: sentences with their numbers, sources, cost and route", () => {
  const [turn] = turnsOf([
    message("q", "user", { content: "When?", versions: ["q", "q2"] }),
    message("a", "assistant", {
      parent: "q",
      updated_at: "2026-11-26T12:00:02Z",
      answer: {
        abstained: false,
        confidence: 0.9,
        passages: [],
        sentences: [{ text: "It leaves at 9:15.", citations: [citation] }],
        route: { model: "small", reason: "asked for" },
        tools: [{ name: "clock", arguments: "{}", summary: "9:15", ok: true, ms: 1 }],
        cost_usd: "0.001",
        request_id: "req_1",
      },
    }),
  ]);
  expect(turn).toMatchObject({
    id: "a",
    question: "When?",
    status: "done",
    plain: "",
    confidence: 0.9,
    ms: 2000,
    place: { question: "q", answer: "a", questions: ["q", "q2"], answers: ["a"] },
  });
  expect(turn?.sentences[0]?.citations[0]).toMatchObject({ number: 1, passage: 7 });
  expect(turn?.events.map(({ type }) => type)).toEqual(["routed", "tool_ran", "settled"]);
});

test("an abstention says what was searched, and has no text beside it", () => {
  const answer = { abstained: true, message: "I don't know.", searched: ["island"], closest: [] };
  const [turn] = turnsOf([message("q", "user"), message("a", "assistant", { answer })]);
  expect(turn).toMatchObject({ status: "abstained", plain: "", collection: "island" });
  expect(turn?.abstention?.message).toBe("I don't know.");
});

test("an answer that broke off keeps its text and says how it ended", () => {
  const ends = (["streaming", "stopped", "failed", "interrupted"] as const).map((status) => {
    const error = status === "failed" ? "provider_busy" : null;
    const [turn] = turnsOf([
      message("q", "user"),
      message("a", "assistant", { status, error, content: "Half" }),
    ]);
    return [turn?.status, turn?.plain, turn?.error?.code];
  });
  expect(ends).toEqual([
    ["answering", "Half", undefined],
    ["stopped", "Half", undefined],
    ["failed", "Half", "provider_busy"],
    ["interrupted", "Half", undefined],
  ]);
});

test("a question without an answer, an answer without a question, and what nobody said", () => {
  const turns = turnsOf([
    message("s", "system"),
    message("a0", "assistant"),
    message("q1", "user"),
    message("q2", "user"),
    message("a2", "assistant"),
    message("a3", "assistant"),
  ]);
  expect(turns.map(({ question, plain, status }) => [question, plain, status])).toEqual([
    ["", "text of a0", "done"],
    ["text of q1", "", "interrupted"],
    ["text of q2", "text of a2", "done"],
    ["", "text of a3", "done"],
  ]);
});
