/** Server-sent events from a fetch body: yields each event with its number, however the bytes were cut. */

export interface ServerEvent {
  /** Its `id:` line: where to go on after a lost connection. */
  id: string | null;
  data: string;
}

export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // What is cut off in the middle is no event: the standard says so, and half of one could not be read.
      if (done) return;
      const cut = splitEvents(rest + value);
      rest = cut.rest;
      yield* cut.events;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The complete events in `text`, and what is left of the next one. Comment lines (keep-alives) are skipped. */
export function splitEvents(text: string): { events: ServerEvent[]; rest: string } {
  // A lone \r at the end may be half of \r\n: keep it for the next read.
  const held = text.endsWith("\r") ? "\r" : "";
  const blocks = text
    .slice(0, text.length - held.length)
    .replace(/\r\n?/g, "\n")
    .split("\n\n");
  const rest = (blocks.pop() ?? "") + held;
  return { events: blocks.flatMap(eventOf), rest };
}

function eventOf(block: string): ServerEvent[] {
  const lines = block.split("\n");
  const data = lines.filter((line) => line.startsWith("data:"));
  if (data.length === 0) return [];
  const id = lines.findLast((line) => line.startsWith("id:"));
  return [{ id: id === undefined ? null : fieldOf(id), data: data.map(fieldOf).join("\n") }];
}

function fieldOf(line: string): string {
  return line.slice(line.indexOf(":") + 1).replace(/^ /, "");
}
