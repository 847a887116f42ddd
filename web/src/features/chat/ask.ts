/** Asking: one request to the server, its stream folded into the turn. A run goes on while other pages are visited. */
import { ApiError, errorFrom, jsonBody, send, unreachableError } from "@/shared/api";
import { eventData } from "@/shared/sse";
import { settleAll } from "@/shared/undo";
import { addTurn, changeTurn, conversations, dropFrom, newId } from "./conversations";
import { answerText, applyChunk, finish, newTurn, type StreamChunk, type Turn } from "./turn";

export interface Choice {
  collection: string | null;
  model: string;
  compare: boolean;
}

interface Message {
  role: "user" | "assistant";
  content: string;
}

/** Earlier turns sent along, so that "and in winter?" can be understood. */
const HISTORY_TURNS = 6;
const running = new Map<string, AbortController>();

export function historyOf(turns: Turn[]): Message[] {
  return turns
    .filter((turn) => answerText(turn) !== "")
    .slice(-HISTORY_TURNS)
    .flatMap((turn): Message[] => [
      { role: "user", content: turn.question },
      { role: "assistant", content: answerText(turn) },
    ]);
}

/** Starts a turn and returns at once; the conversation's id is new when `conversation` is undefined. */
export function ask(
  conversation: string | undefined,
  question: string,
  choice: Choice,
  fresh = false,
): string {
  const id = conversation ?? newId();
  const before = conversations.get().find((candidate) => candidate.id === id)?.turns ?? [];
  const turn = newTurn(newId(), question.trim(), choice);
  addTurn(id, turn);
  void run(id, { turn, history: historyOf(before), fresh });
  return id;
}

/** Asks again in place of `turn`, with the same words (then not to hear the same from the cache) or others; later turns go. */
export function askAgain(conversation: string, turn: Turn, question: string, choice: Choice): void {
  stop(conversation);
  dropFrom(conversation, turn.id);
  ask(conversation, question, choice, question === turn.question);
}

export function stop(conversation: string): void {
  running.get(conversation)?.abort();
}

async function run(conversation: string, sent: Sent): Promise<void> {
  const { turn } = sent;
  stop(conversation);
  const control = new AbortController();
  running.set(conversation, control);
  const began = performance.now();
  const edit = (next: (turn: Turn) => Turn) => changeTurn(conversation, turn.id, next);
  try {
    await settleAll(); // a document just deleted must not answer
    await stream(sent, control.signal, (chunk) => edit((now) => applyChunk(now, chunk)));
    edit((now) => finish(now, performance.now() - began));
  } catch (error) {
    edit((now) => (control.signal.aborted ? { ...now, status: "stopped" } : failed(now, error)));
  } finally {
    if (running.get(conversation) === control) running.delete(conversation);
  }
}

function failed(turn: Turn, error: unknown): Turn {
  const message = error instanceof Error ? error.message : String(error);
  return {
    ...turn,
    status: "failed",
    error: { message, code: error instanceof ApiError ? error.code : "client", retry_at: retryAt(error) },
  };
}

function retryAt(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.retryAfterS === null) return null;
  return new Date(Date.now() + error.retryAfterS * 1000).toISOString();
}

interface Sent {
  turn: Turn;
  history: Message[];
  /** No answer of the cache. */
  fresh: boolean;
}

async function stream(
  { turn, history, fresh }: Sent,
  signal: AbortSignal,
  onChunk: (chunk: StreamChunk) => void,
): Promise<void> {
  const body = {
    model: turn.model,
    stream: true,
    messages: [...history, { role: "user", content: turn.question }],
    ...(turn.collection === null ? {} : { collection: turn.collection, explain: true }),
    ...(fresh ? { cache: { no_cache: true } } : {}),
  };
  const reply = await send("/v1/chat/completions", jsonBody(body, signal));
  if (!reply.body) throw unreachableError();
  let ended = false;
  for await (const data of eventData(reply.body)) {
    if (data === "[DONE]") {
      ended = true;
      break;
    }
    const chunk = JSON.parse(data) as StreamChunk & { error?: unknown };
    if (chunk.error) throw errorFrom(reply.status, chunk);
    onChunk(chunk);
  }
  if (!ended) throw new ApiError("The connection ended before the answer did.", 0, "stream_broken");
}
