/** Server-sent events from a fetch body: yields the `data` of each event, however the bytes were cut. */
export async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? "\n\n" : value;
      const cut = splitEvents(rest);
      rest = cut.rest;
      yield* cut.events;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The complete events in `text`, and what is left of the next one. Comment lines (keep-alives) are skipped. */
export function splitEvents(text: string): { events: string[]; rest: string } {
  // A lone \r at the end may be half of \r\n: keep it for the next read.
  const held = text.endsWith("\r") ? "\r" : "";
  const blocks = text
    .slice(0, text.length - held.length)
    .replace(/\r\n?/g, "\n")
    .split("\n\n");
  const rest = (blocks.pop() ?? "") + held;
  const events = blocks.flatMap((block) => {
    const lines = block.split("\n").filter((line) => line.startsWith("data:"));
    return lines.length > 0 ? [lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n")] : [];
  });
  return { events, rest };
}
