import { afterEach, expect, test, vi } from "vitest";
import { ask, askAgain, historyOf, stop } from "./ask";
import { conversations } from "./conversations";
import { newTurn, type Turn } from "./turn";

const choice = { collection: "handbook", model: "extractive", compare: false };
const sentence = (text: string) => `data: ${JSON.stringify({ answerable: { type: "sentence", text } })}\n\n`;

/** A server whose reply is written by the test, piece by piece. */
function serve() {
  let out: ReadableStreamDefaultController<Uint8Array> | undefined;
  const requests: { messages: unknown[]; cache?: unknown }[] = [];
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    requests.push(JSON.parse(String(init.body)));
    const body = new ReadableStream<Uint8Array>({
      start(control) {
        out = control;
        init.signal?.addEventListener("abort", () =>
          control.error(new DOMException("stopped", "AbortError")),
        );
      },
    });
    return new Response(body);
  });
  return {
    requests,
    write: (text: string) => out?.enqueue(new TextEncoder().encode(text)),
    close: () => out?.close(),
  };
}

const turnsOf = (id: string): Turn[] => conversations.get().find((one) => one.id === id)?.turns ?? [];
const lastOf = (id: string) => turnsOf(id).at(-1);

afterEach(() => {
  vi.unstubAllGlobals();
  conversations.set([]);
});

test("sentences appear while they arrive and the end is the end", async () => {
  const server = serve();
  const id = ask(undefined, " Why? ", choice);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  server.write(sentence("First."));
  await vi.waitFor(() => expect(lastOf(id)).toMatchObject({ question: "Why?", status: "answering" }));
  server.write("data: [DONE]\n\n");
  await vi.waitFor(() => expect(lastOf(id)?.status).toBe("done"));
});

test("a stopped answer keeps what was said", async () => {
  const server = serve();
  const id = ask(undefined, "Why?", choice);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  server.write(sentence("First."));
  await vi.waitFor(() => expect(lastOf(id)?.sentences).toHaveLength(1));
  stop(id);
  await vi.waitFor(() => expect(lastOf(id)?.status).toBe("stopped"));
  expect(lastOf(id)?.sentences).toHaveLength(1);
});

test("a connection that ends early is a failure, never an answer", async () => {
  const server = serve();
  const id = ask(undefined, "Why?", choice);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  server.write(sentence("First."));
  server.close();
  await vi.waitFor(() =>
    expect(lastOf(id)).toMatchObject({ status: "failed", error: { code: "stream_broken" } }),
  );
});

test("an error event and an error status both show the server's words", async () => {
  const server = serve();
  const id = ask(undefined, "Why?", choice);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  server.write('data: {"error":{"message":"The model is busy.","code":"provider_busy"}}\n\n');
  await vi.waitFor(() =>
    expect(lastOf(id)?.error).toMatchObject({ message: "The model is busy.", code: "provider_busy" }),
  );
  const refusal = JSON.stringify({ error: { message: "No such model.", code: "model_not_found" } });
  vi.stubGlobal("fetch", async () => new Response(refusal, { status: 404 }));
  const other = ask(undefined, "Why?", choice);
  await vi.waitFor(() => expect(lastOf(other)?.error?.message).toBe("No such model."));
});

test("asking again replaces the turn and what followed, and sends only what came before", async () => {
  const server = serve();
  const id = ask(undefined, "First?", choice);
  for (const question of ["Second?", "Third?"]) {
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0));
    server.write(`${sentence("An answer.")}data: [DONE]\n\n`);
    await vi.waitFor(() => expect(lastOf(id)?.status).toBe("done"));
    server.requests.length = 0;
    ask(id, question, choice);
  }
  const second = turnsOf(id)[1];
  if (!second) throw new Error("there is no second turn");
  askAgain(id, second, "Other?", choice);
  expect(turnsOf(id).map(({ question }) => question)).toEqual(["First?", "Other?"]);
  await vi.waitFor(() => expect(server.requests.at(-1)?.messages).toHaveLength(3));
});

test("the same question again asks for a fresh answer, other words take one from the cache", async () => {
  const server = serve();
  const id = ask(undefined, "First?", choice);
  const first = lastOf(id);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  if (first) askAgain(id, first, "First?", choice);
  await vi.waitFor(() => expect(server.requests).toHaveLength(2));
  const second = lastOf(id);
  if (second) askAgain(id, second, "Other?", choice);
  await vi.waitFor(() => expect(server.requests).toHaveLength(3));
  expect(server.requests.map(({ cache }) => cache)).toEqual([undefined, { no_cache: true }, undefined]);
});

test("a refusal remembers when asking again can help", async () => {
  const error = { error: { message: "too many; try again in 36 s", code: "rate_limit_exceeded" } };
  vi.stubGlobal(
    "fetch",
    async () => new Response(JSON.stringify(error), { status: 429, headers: { "retry-after": "36" } }),
  );
  const id = ask(undefined, "Why?", choice);
  await vi.waitFor(() => expect(lastOf(id)?.status).toBe("failed"));
  const { code, retry_at } = lastOf(id)?.error ?? {};
  expect(code).toBe("rate_limit_exceeded");
  expect(Math.round((Date.parse(retry_at ?? "") - Date.now()) / 1000)).toBe(36);
});

test("the history holds answered turns only, the newest six", () => {
  const answered = (id: string): Turn => ({ ...newTurn(id, id, choice), plain: "yes" });
  const turns = [...Array.from({ length: 8 }, (_, at) => answered(`${at}`)), newTurn("open", "open", choice)];
  expect(historyOf(turns)).toHaveLength(12);
  expect(historyOf(turns)[0]).toEqual({ role: "user", content: "2" });
});
