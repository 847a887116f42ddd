import { expect, test } from "vitest";
import { exportOf, type KeptTurn } from "./kept-format";

const turn: KeptTurn = {
  id: "t1",
  question: "When?",
  model: "extractive",
  status: "done",
  asked_at: "2026-11-20T10:00:00.000Z",
  ms: 1500,
  plain: "",
  sentences: [],
  passages: [],
  confidence: null,
  abstention: null,
};

test("what was kept here becomes a chain of messages that the server can take in twice without doubling it", () => {
  const refused = {
    ...turn,
    id: "t2",
    status: "abstained" as const,
    abstention: { message: "I don't know.", searched: ["island"], closest: [] },
  };
  const [document] = exportOf([
    { id: "c1", title: "Ferry", updated_at: turn.asked_at, turns: [{ ...turn, plain: "At 9:15." }, refused] },
  ]) as [{ messages: Record<string, unknown>[] } & Record<string, unknown>];
  expect(document).toMatchObject({ origin: "browser:c1", title: "Ferry", leaf: "t2", version: 1 });
  expect(document.messages.map(({ id, parent, role }) => [id, parent, role])).toEqual([
    ["t1-q", null, "user"],
    ["t1", "t1-q", "assistant"],
    ["t2-q", "t1", "user"],
    ["t2", "t2-q", "assistant"],
  ]);
  expect(document.messages[1]).toMatchObject({
    content: "At 9:15.",
    status: "done",
    answer: null,
    updated_at: "2026-11-20T10:00:01.500Z",
  });
  expect(document.messages[3]).toMatchObject({
    content: "I don't know.",
    answer: { abstained: true, searched: ["island"] },
  });
});

test("sentences keep their sources, and an answer that was under way had been stopped", () => {
  const citation = {
    number: 1,
    document_id: "d",
    title: "Ferry",
    source: "ferry.md",
    page: null,
    start: 0,
    end: 4,
    quote: "9:15",
    support: 1,
  };
  const sentences = [{ text: "At 9:15.", citations: [citation] }];
  const events = [{ type: "settled" as const, model: "extractive", cost_usd: "0" }];
  const [document] = exportOf([
    {
      id: "c1",
      title: "",
      updated_at: turn.asked_at,
      turns: [{ ...turn, status: "answering", sentences, events }],
    },
  ]) as [{ title: string; messages: Record<string, unknown>[] }];
  expect(document.title).toBe("Without a title");
  expect(document.messages[1]).toMatchObject({
    content: "At 9:15. [1]",
    status: "stopped",
    answer: { abstained: false, cost_usd: "0", sentences },
  });
});
