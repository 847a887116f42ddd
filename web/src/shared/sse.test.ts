import { expect, test } from "vitest";
import { eventData, splitEvents } from "./sse";

test("an event split anywhere, even inside a character, arrives whole", async () => {
  const bytes = new TextEncoder().encode(
    ': hello\n\ndata: {"a":"ä"}\r\n\r\ndata: two\ndata: lines\n\ndata: [DONE]\n\n',
  );
  for (const size of [1, 2, 3, 7, 1000]) {
    const body = new ReadableStream<Uint8Array>({
      start(control) {
        for (let at = 0; at < bytes.length; at += size) control.enqueue(bytes.slice(at, at + size));
        control.close();
      },
    });
    const seen: string[] = [];
    for await (const data of eventData(body)) seen.push(data);
    expect(seen).toEqual(['{"a":"ä"}', "two\nlines", "[DONE]"]);
  }
});

test("half an event waits for the rest", () => {
  expect(splitEvents("data: one\n\ndata: tw")).toEqual({ events: ["one"], rest: "data: tw" });
});
