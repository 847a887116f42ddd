import { expect, test } from "vitest";
import { events, splitEvents } from "./sse";

async function read(text: string, size = 1000) {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(control) {
      for (let at = 0; at < bytes.length; at += size) control.enqueue(bytes.slice(at, at + size));
      control.close();
    },
  });
  const seen: (string | null)[][] = [];
  for await (const { id, data } of events(body)) seen.push([id, data]);
  return seen;
}

test("an event split anywhere, even inside a character, arrives whole", async () => {
  const text = ': hello\n\nid: 1\ndata: {"a":"ä"}\r\n\r\ndata: two\ndata: lines\n\nid:3\ndata: [DONE]\n\n';
  for (const size of [1, 2, 3, 7, 1000]) {
    expect(await read(text, size)).toEqual([
      ["1", '{"a":"ä"}'],
      [null, "two\nlines"],
      ["3", "[DONE]"],
    ]);
  }
});

test("what a lost connection cuts off is no event", async () => {
  expect(await read('id: 1\ndata: one\n\nid: 2\ndata: {"half')).toEqual([["1", "one"]]);
});

test("half an event waits for the rest", () => {
  expect(splitEvents("data: one\n\ndata: tw")).toEqual({
    events: [{ id: null, data: "one" }],
    rest: "data: tw",
  });
});
