import { expect, test } from "vitest";
import type { Report, ReportSection, ReportSentence, ReportSpan } from "@/shared/research-types";
import { firstPlaces, isEmpty, isSame, numbered, parseWhy, placesOf } from "./report";

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

const section = (...spans: ReportSpan[]): ReportSection => ({
  id: "s1",
  heading: "",
  level: 1,
  missing: "",
  blocks: [
    { type: "bullets", items: [sentence("a", spans.slice(0, 1))], numbered: false },
    { type: "chart", caption: "", unit: "", bars: [{ label: "", value: 1, spans: spans.slice(1, 2) }] },
    { type: "listing", text: "", language: "", spans: spans.slice(2) },
  ],
});
const bare = { summary: [], sections: [], conflicts: [] } as unknown as Report;

test("each source opens where the report first leans on it", () => {
  const [first, again, other, last] = [span(1, 0.5), span(1, 1), span(2, 1), span(3, 1)];
  const summary = [sentence("s", [first])];
  const sides = [{ value: "", sentence: sentence("c", [last]) }];
  const places = firstPlaces({
    ...bare,
    summary,
    sections: [section(again, other)],
    conflicts: [{ subject: "", sides }],
  });
  expect([places.get(1), places.get(2), places.get(3)]).toEqual([first, other, last]);
  expect(places.size).toBe(3);
});

test("a report without a sentence is empty, whatever sections it has", () => {
  expect(isEmpty(bare)).toBe(true);
  expect(isEmpty({ ...bare, sections: [{ ...section(), blocks: [] }] })).toBe(true);
  expect(isEmpty({ ...bare, sections: [section()] })).toBe(false);
});

test("titles are the same however they are written", () => {
  expect(isSame("How do ferries work?", "How Do Ferries Work")).toBe(true);
  expect(isSame("Ferries", "Ferry")).toBe(false);
});
