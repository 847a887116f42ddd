import { expect, test } from "vitest";
import {
  ago,
  bytes,
  characters,
  confidenceWord,
  duration,
  milliseconds,
  place,
  plural,
  sourceName,
  usd,
} from "./format";

test("confidence has three words with fixed borders", () => {
  expect([0.8, 0.79, 0.6, 0.59].map(confidenceWord)).toEqual(["high", "fair", "fair", "low"]);
});

test("figures read like words", () => {
  expect(plural(1, "chunk")).toBe("1 chunk");
  expect(plural(1200, "chunk")).toBe("1,200 chunks");
  expect([bytes(null), bytes(512), bytes(2048), bytes(23_000_000)]).toEqual([
    "–",
    "512 B",
    "2.0 KB",
    "22 MB",
  ]);
  expect([characters(880), characters(12_400), characters(3_100_000)]).toEqual(["880", "12 k", "3.1 M"]);
  expect([duration(0.2), duration(45), duration(600), duration(9000)]).toEqual([
    "under a second",
    "45 seconds",
    "10 minutes",
    "3 hours",
  ]);
  expect([milliseconds(undefined), milliseconds(3.21), milliseconds(250), milliseconds(12_300)]).toEqual([
    "–",
    "3.2 ms",
    "250 ms",
    "12.3 s",
  ]);
});

test("recent times are relative, old ones are dates", () => {
  const now = Date.parse("2026-05-02T12:00:00Z");
  expect(ago("2026-05-02T11:59:50Z", now)).toBe("just now");
  expect(ago("2026-05-02T11:30:00Z", now)).toBe("30 minutes ago");
  expect(ago("2026-04-02T11:30:00Z", now)).toBe("Apr 2, 2026");
  expect(ago(null, now)).toBe("–");
});

test("a place names what is known", () => {
  expect(place(4, ["Setup", "Network"])).toBe("page 4 · Setup › Network");
  expect(place(null, [])).toBe("");
  expect(place(2, ["Guide", "Setup"], "Guide")).toBe("page 2 · Setup");
});

test("a source is named by its file, a page by its address", () => {
  expect(sourceName("/home/me/docs/guide.md")).toBe("guide.md");
  expect(sourceName("C:\\docs\\guide.md")).toBe("guide.md");
  expect(sourceName("https://example.org/a/b")).toBe("https://example.org/a/b");
});

test("an amount keeps two figures that mean something", () => {
  expect(["0", "0.000123", "0.0099", "0.01", "1234.5", 1e-7].map(usd)).toEqual([
    "$0.00",
    "$0.00012",
    "$0.0099",
    "$0.01",
    "$1,234.50",
    "$0.0000001",
  ]);
  expect(usd("unknown")).toBe("unknown");
});
