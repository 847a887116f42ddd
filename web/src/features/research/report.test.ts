import { expect, test } from "vitest";
import type { ReportSection, ReportSentence, ReportSpan } from "@/shared/research-types";
import { numbered, parseWhy, placesOf } from "./report";

function span(number: number, support: number): ReportSpan {
  return { number, evidence: `e${number}`, start: 0, end: 1, quote: "", support, page: null };
}
function sentence(text: string, spans: ReportSpan[] = []): ReportSentence {
  return { text, spans, kind: "fact" };
}

test("sentences are numbered as the server does: paragraphs, lists, and cells with sources", () => {
  const [a, b, bare, cell, last] = ["a", "b", "bare", "cell", "last"].map((text) =>
    sentence(text, text === "bare" ? [] : [span(1, 1)]),
  ) as [ReportSentence, ReportSentence, ReportSentence, ReportSentence, ReportSentence];
  const section: ReportSection = {
    id: "s1",
    heading: "",
    level: 1,
    missing: "",
    blocks: [
      { type: "paragraph", sentences: [a] },
      { type: "listing", text: "x", language: "", spans: [span(1, 1)] },
      { type: "bullets", items: [b], numbered: false },
      { type: "grid", caption: "", head: ["", ""], rows: [[bare, cell]] },
      { type: "paragraph", sentences: [last] },
    ],
  };
  const numbers = numbered(section);
  expect([a, b, cell, last].map((one) => numbers.get(one))).toEqual([1, 2, 3, 4]);
  expect(numbers.has(bare)).toBe(false);
});

test("a source is shown once, where it supports best", () => {
  expect(placesOf([span(3, 0.5), span(1, 0.7), span(3, 0.9)])).toEqual([span(1, 0.7), span(3, 0.9)]);
});

test("an address that names no sentence opens nothing", () => {
  expect(parseWhy("s1.2:3")).toEqual({ section: "s1.2", sentence: 3 });
  for (const wrong of ["", "s1", "s1:", "s1:x", ":2"]) expect(parseWhy(wrong)).toBeNull();
});
