import { expect, test } from "vitest";
import type { Citation } from "@/shared/types";
import { answerText, applyChunk, citedSources, copyText, finish, newTurn, type StreamChunk } from "./turn";

const citation = (number: number): Citation => ({
  number,
  document_id: `d${number}`,
  title: `Title ${number}`,
  source: `file${number}.md`,
  page: number === 1 ? 4 : null,
  start: 0,
  end: 5,
  quote: "quote",
  support: 0.9,
});

const start = () => newTurn("t", "Why?", { collection: "handbook", model: "extractive", compare: false });
const play = (...chunks: StreamChunk[]) => chunks.reduce(applyChunk, start());

test("sentences gather in order and keep their citations", () => {
  const turn = play(
    { answerable: { type: "retrieved", confidence: 0.9, passages: [] } },
    { answerable: { type: "sentence", text: "First.", citations: [citation(2)] } },
    { answerable: { type: "sentence", text: " Second.", citations: [citation(1), citation(2)] } },
  );
  expect(turn.status).toBe("answering");
  expect(turn.confidence).toBe(0.9);
  expect(answerText(turn)).toBe("First. Second.");
  expect(answerText(turn, true)).toBe("First. [1] Second. [1] [2]");
  expect(citedSources(turn).map(({ number }) => number)).toEqual([1, 2]);
  expect(copyText(turn)).toContain("[1] Title 2 (file2.md)\n[2] Title 1, page 4 (file1.md)");
});

test("footnotes count as they appear and remember their passage", () => {
  const turn = play(
    { answerable: { type: "sentence", text: "First.", citations: [citation(8), citation(3)] } },
    { answerable: { type: "sentence", text: " Second.", citations: [citation(3), citation(1)] } },
  );
  const numbers = turn.sentences.map(({ citations }) =>
    citations.map(({ number, passage }) => [number, passage]),
  );
  expect(numbers).toEqual([
    [
      [1, 8],
      [2, 3],
    ],
    [
      [2, 3],
      [3, 1],
    ],
  ]);
});

test("the content twin of an answerable event is not shown twice", () => {
  const turn = play({
    choices: [{ delta: { content: "First. [1]" } }],
    answerable: { type: "sentence", text: "First.", citations: [citation(1)] },
  });
  expect(turn.plain).toBe("");
});

test("an abstention shows no sentence and stays an abstention at the end", () => {
  const turn = play(
    { answerable: { type: "sentence", text: "Too early.", citations: [] } },
    { answerable: { type: "abstained", message: "I don't have enough information to answer this." } },
  );
  expect(turn.sentences).toEqual([]);
  expect(finish(turn, 12).status).toBe("abstained");
  expect(citedSources(turn)).toEqual([]);
});

test("plain model text is collected and unknown events change nothing", () => {
  const turn = play(
    { choices: [{ delta: { content: "Hel" } }] },
    { choices: [{ delta: { content: "lo" } }] },
    { answerable: { type: "weather" } as never },
    { choices: [] },
  );
  expect(turn.plain).toBe("Hello");
  expect(finish(turn, 3)).toMatchObject({ status: "done", ms: 3 });
});
