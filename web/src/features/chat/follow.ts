/** Following one answer to its end, over as many connections as it takes: nothing is said twice, nothing is left out. */
import { errorFrom } from "@/shared/api";
import { brokenError, isLoss, pauseAfter } from "@/shared/reconnect";
import { events } from "@/shared/sse";
import { withAnswer } from "./stored";
import {
  answerText,
  applyChunk,
  emptied,
  failTurn,
  finish,
  isLive,
  type StreamChunk,
  type Turn,
} from "./turn";

export interface Following {
  /** As the reader sees it already: nothing is shown until there is as much again. */
  turn: Turn;
  /** Opens the stream after frame `cursor`; null asks from the first one. */
  open: (cursor: string | null, turn: Turn) => Promise<Response>;
  show: (turn: Turn) => void;
  signal: AbortSignal;
  /** The server knows of the question: a connection that brought nothing may be tried again. */
  known: boolean;
}

/** Each word would be a rendering of the page of its own. */
const SHOW_EVERY_MS = 40;

/** Returns the finished turn. Throws for what no reconnecting can mend, and an AbortError when `signal` says so. */
export async function follow(following: Following): Promise<Turn> {
  const { open, signal, known } = following;
  const fold = new Fold(following);
  let cursor: string | null = null;
  try {
    for (let losses = 0; ; losses += 1) {
      try {
        const reply = await open(cursor, fold.turn);
        fold.waited(reply.headers);
        if (!reply.body) throw brokenError();
        for await (const event of events(reply.body)) {
          losses = 0;
          cursor = event.id ?? cursor;
          if (event.data === "[DONE]") return fold.end();
          const chunk = JSON.parse(event.data) as StreamChunk & { error?: unknown };
          if (chunk.error) return fold.fail(errorFrom(reply.status, chunk));
          fold.take(chunk);
          if (chunk.answerable?.type === "stopped") return fold.show();
        }
        throw brokenError();
      } catch (error) {
        if (signal.aborted || !isLoss(error) || (cursor === null && !known)) throw error;
        fold.lose();
        await pauseAfter(losses, signal);
      }
    }
  } finally {
    fold.close();
  }
}

/** The turn as it grows, shown at most every few milliseconds. */
class Fold {
  turn: Turn;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly began = performance.now();

  constructor(private readonly following: Following) {
    this.turn = emptied(following.turn);
  }

  take(chunk: StreamChunk): void {
    this.turn = { ...this.withChunk(chunk), lost: false };
    this.timer ??= setTimeout(() => this.show(), SHOW_EVERY_MS);
  }

  private withChunk(chunk: StreamChunk): Turn {
    const { answerable: told, choices } = chunk;
    if (told?.type !== "stored") return applyChunk(this.turn, chunk);
    return withAnswer(emptied(this.turn), told.answer, choices?.[0]?.delta?.content ?? "");
  }

  waited(headers: Headers): void {
    const ms = Number(headers.get("x-answerable-queue-ms"));
    if (ms > 0) this.turn = { ...this.turn, queue_ms: ms };
  }

  lose(): void {
    this.close();
    const seen = this.isBehind() ? this.following.turn : this.turn;
    this.turn = { ...this.turn, lost: true };
    this.following.show({ ...seen, lost: true });
  }

  end(): Turn {
    this.turn = finish(this.turn, this.following.known ? null : performance.now() - this.began);
    return this.show();
  }

  fail(error: unknown): Turn {
    this.turn = failTurn(this.turn, error);
    return this.show();
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  show(): Turn {
    this.close();
    if (!isLive(this.turn) || !this.isBehind()) this.following.show(this.turn);
    return this.turn;
  }

  private isBehind(): boolean {
    return answerText(this.turn).length < answerText(this.following.turn).length;
  }
}
