import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answerAgain, ask, askTemporarily, askTemporarilyAgain, historyOf, pickUp, stop } from "./ask";
import { live, liveIn, NEW, TEMPORARY } from "./live";
import { NOWHERE, newTurn, type Turn } from "./turn";

const choice = { collection: "handbook", model: "extractive", compare: false, second: null };
const frame = (id: number, body: object) => `id: ${id}\ndata: ${JSON.stringify(body)}\n\n`;
const begun = frame(1, {
  answerable: { type: "started", conversation: "conv_1", question: "msg_q", message: "msg_a" },
});
const sentence = (id: number, text: string) => frame(id, { answerable: { type: "sentence", text } });
const DONE = "id: 9\ndata: [DONE]\n\n";

interface Request {
  method: string;
  path: string;
  body: Record<string, unknown>;
  cursor: string | null;
}

/** A server whose streams are written by the test, piece by piece. */
function serve() {
  const outs: ReadableStreamDefaultController<Uint8Array>[] = [];
  const requests: Request[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    const body = init.body ? JSON.parse(String(init.body)) : {};
    const cursor = new Headers(init.headers).get("last-event-id");
    requests.push({ method, path, body, cursor });
    const streams = /(completions|\/messages|\/stream)$/.test(path);
    if (!streams) return Response.json(path === "/v1/conversations" ? { id: "conv_1" } : { data: [] });
    const stream = new ReadableStream<Uint8Array>({
      start(control) {
        outs.push(control);
        init.signal?.addEventListener("abort", () =>
          control.error(new DOMException("stopped", "AbortError")),
        );
      },
    });
    return new Response(stream);
  });
  return {
    requests,
    asked: () =>
      requests.filter(({ method, path }) => method === "POST" && /messages$|completions$/.test(path)),
    resumed: () => requests.filter(({ path }) => path.endsWith("/stream")),
    write: (text: string) => outs.at(-1)?.enqueue(new TextEncoder().encode(text)),
    cut: () => outs.at(-1)?.error(new TypeError("network error")),
    close: () => outs.at(-1)?.close(),
  };
}

const last = (id = "conv_1") => liveIn(live.get(), id).at(-1);
const asking = (question: string, parent: string | null = null) =>
  ask({ conversation: "conv_1", question, choice, parent });

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  live.set([]);
});

test("a first question begins a conversation, and its answer grows until its end", async () => {
  const server = serve();
  const asked = await ask({ conversation: undefined, question: " Why? ", choice, parent: null });
  expect(asked?.[0]).toBe("conv_1");
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  expect(server.asked()[0]?.body).toMatchObject({ content: "Why?", parent: null, collection: "handbook" });
  server.write(begun + sentence(2, "First."));
  await vi.waitFor(() => expect(last()).toMatchObject({ question: "Why?", status: "answering" }));
  server.write(DONE);
  await vi.waitFor(() => expect(last()).toMatchObject({ status: "done", place: { answer: "msg_a" } }));
});

test("a lost connection is found again where it was, and nothing is said twice", async () => {
  const server = serve();
  await asking("Why?");
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  server.write(begun + sentence(2, "First."));
  await vi.waitFor(() => expect(last()?.sentences).toHaveLength(1));
  server.cut();
  await vi.waitFor(() => expect(last()).toMatchObject({ lost: true, status: "answering" }));
  await vi.waitFor(() => expect(server.resumed()).toHaveLength(1), 3000);
  expect(server.resumed()[0]).toMatchObject({
    path: "/v1/conversations/conv_1/messages/msg_a/stream",
    cursor: "2",
  });
  server.write(sentence(3, " Second.") + DONE);
  await vi.waitFor(() => expect(last()).toMatchObject({ status: "done", lost: false }));
  expect(last()?.sentences.map(({ text }) => text)).toEqual(["First.", " Second."]);
  expect(server.asked()).toHaveLength(1);
});

test("a question whose connection ends before a sign of the server is a failure, and not asked twice", async () => {
  const server = serve();
  await asking("Why?");
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  server.close();
  await vi.waitFor(() =>
    expect(last()).toMatchObject({ status: "failed", error: { code: "stream_broken" } }),
  );
  expect(server.asked()).toHaveLength(1);
});

test("an answer under way elsewhere is followed from its beginning; what was read stays until there is as much", async () => {
  const server = serve();
  const found: Turn = {
    ...newTurn("msg_a", "Why?", choice, { ...NOWHERE, question: "msg_q", answer: "msg_a" }),
    status: "answering",
    plain: "One two",
  };
  pickUp("conv_1", found);
  pickUp("conv_1", found);
  await vi.waitFor(() => expect(server.resumed()).toHaveLength(1));
  expect(server.resumed()[0]?.cursor).toBeNull();
  const shown: (string | undefined)[] = [];
  live.subscribe(() => shown.push(last()?.plain));
  const word = (id: number, content: string) => frame(id, { choices: [{ delta: { content } }] });
  server.write(word(1, "One"));
  await vi.advanceTimersByTimeAsync(100);
  server.write(word(2, " two") + word(3, " three"));
  await vi.waitFor(() => expect(last()?.plain).toBe("One two three"));
  server.write(DONE);
  await vi.waitFor(() => expect(last()?.status).toBe("done"));
  expect(shown).not.toContain("One");
});

test("what was asked here is not followed a second time when the server shows it before its reply comes", async () => {
  const server = serve();
  const beside = { ...choice, compare: true };
  await ask({ conversation: "conv_1", question: "Why?", choice: beside, parent: null });
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  const place = { ...NOWHERE, question: "msg_q", answer: "msg_a" };
  pickUp("conv_1", { ...newTurn("msg_a", "Why?", choice, place), status: "answering" });
  server.write(begun + sentence(2, "First.") + DONE);
  await vi.waitFor(() =>
    expect(last()).toMatchObject({ status: "done", compare: true, place: { answer: "msg_a" } }),
  );
  expect(liveIn(live.get(), "conv_1")).toHaveLength(1);
  expect(server.resumed()).toHaveLength(0);
});

test("a stopped answer keeps what was said, and the server is told", async () => {
  const server = serve();
  await asking("Why?");
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  server.write(begun + sentence(2, "First."));
  await vi.waitFor(() => expect(last()?.sentences).toHaveLength(1));
  await stop("conv_1");
  expect(last()).toMatchObject({ status: "stopped", sentences: [{ text: "First." }] });
  expect(server.requests.some(({ path }) => path === "/v1/conversations/conv_1/messages/msg_a/stop")).toBe(
    true,
  );
});

test("a question that is stopped before its conversation is there is not asked", async () => {
  const server = serve();
  const asked = ask({ conversation: undefined, question: "Why?", choice, parent: null });
  await stop(NEW);
  await asked;
  await vi.waitFor(() => expect(last()?.status).toBe("stopped"));
  expect(server.asked()).toHaveLength(0);
});

test("an error event and an error status both show the server's words, and when to ask again", async () => {
  const server = serve();
  await asking("Why?");
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  server.write(frame(1, { error: { message: "The model is busy.", code: "provider_busy" } }));
  await vi.waitFor(() =>
    expect(last()?.error).toMatchObject({ message: "The model is busy.", code: "provider_busy" }),
  );
  const error = { error: { message: "too many; try again in 36 s", code: "rate_limit_exceeded" } };
  vi.stubGlobal("fetch", async () => Response.json(error, { status: 429, headers: { "retry-after": "36" } }));
  await ask({ conversation: "conv_2", question: "Why?", choice, parent: null });
  await vi.waitFor(() => expect(last("conv_2")?.status).toBe("failed"));
  const { code, retry_at } = last("conv_2")?.error ?? {};
  expect(code).toBe("rate_limit_exceeded");
  expect(Math.round((Date.parse(retry_at ?? "") - Date.now()) / 1000)).toBe(36);
});

test("answering again asks for a sibling of the answer and not for one from the cache", async () => {
  const server = serve();
  const place = { ...NOWHERE, question: "msg_q", answer: "msg_a" };
  answerAgain("conv_1", newTurn("msg_a", "Why?", choice, place), choice);
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  expect(server.asked()[0]?.body).toMatchObject({ parent: "msg_q", cache: { no_cache: true } });
  expect(server.asked()[0]?.body).not.toHaveProperty("content");
});

test("a temporary chat asks the plain address, sends what was said, and what follows a change goes", async () => {
  const server = serve();
  for (const question of ["First?", "Second?"]) {
    askTemporarily(question, choice);
    await vi.waitFor(() => expect(last(TEMPORARY)?.question).toBe(question));
    await vi.waitFor(() =>
      expect(server.asked().at(-1)?.body.messages).toHaveLength(question === "First?" ? 1 : 3),
    );
    server.write(`${sentence(1, "An answer.")}${DONE}`);
    await vi.waitFor(() => expect(last(TEMPORARY)?.status).toBe("done"));
  }
  expect(server.asked()[1]).toMatchObject({ path: "/v1/chat/completions", body: { temporary: true } });
  const first = liveIn(live.get(), TEMPORARY)[0];
  if (first) askTemporarilyAgain(first, "Other?", choice);
  expect(liveIn(live.get(), TEMPORARY).map(({ question }) => question)).toEqual(["Other?"]);
});

test("the history holds answered turns only, the newest six", () => {
  const answered = (id: string): Turn => ({ ...newTurn(id, id, choice), plain: "yes" });
  const turns = [...Array.from({ length: 8 }, (_, at) => answered(`${at}`)), newTurn("open", "open", choice)];
  expect(historyOf(turns)).toHaveLength(12);
  expect(historyOf(turns)[0]).toEqual({ role: "user", content: "2" });
});

test("a text that is sent whole takes the place of the pieces before it, and a stop elsewhere is the end", async () => {
  const server = serve();
  await asking("Why?");
  await vi.waitFor(() => expect(server.asked()).toHaveLength(1));
  const word = (id: number, content: string, answerable?: object) =>
    frame(id, { choices: [{ delta: { content } }], answerable });
  server.write(begun + word(2, "One two"));
  await vi.waitFor(() => expect(last()?.plain).toBe("One two"));
  server.cut();
  await vi.waitFor(() => expect(server.resumed()).toHaveLength(1), 3000);
  const whole = { type: "stored", status: "stopped", answer: null };
  server.write(word(7, "One two three", whole) + frame(8, { choices: [], answerable: { type: "stopped" } }));
  await vi.waitFor(() => expect(last()).toMatchObject({ status: "stopped", plain: "One two three" }));
});

test("a question whose reply was lost is not asked again when the server has it, but followed", async () => {
  const stored = {
    parent: null,
    versions: [],
    status: "streaming",
    error: null,
    model: "extractive",
    answer: null,
    feedback: null,
    created_at: "2026-11-26T12:00:00Z",
    updated_at: "2026-11-26T12:00:00Z",
  };
  const data = [
    { ...stored, id: "msg_q", role: "user", content: "Why?", status: "done" },
    { ...stored, id: "msg_a", role: "assistant", content: "", parent: "msg_q" },
  ];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    if (init.method === "POST") throw new TypeError("network error");
    return Response.json({ data: path.includes("/messages") ? data : [], before: null });
  });
  await asking("Why?");
  await vi.waitFor(() => expect(last()).toMatchObject({ id: "msg_a", place: { answer: "msg_a" } }));
  expect(liveIn(live.get(), "conv_1")).toHaveLength(1);
});
