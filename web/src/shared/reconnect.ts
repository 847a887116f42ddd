/** Connections that are lost and made again: what passes by itself, and how long to wait. */
import { ApiError, UNREACHABLE } from "./api";

const PAUSES_MS = [400, 1000, 2000, 4000, 8000, 15_000];

export function brokenError(): ApiError {
  return new ApiError("The connection ended before the answer did.", 0, "stream_broken");
}

/** A connection that ended, or a server that is away: what passes. */
export function isLoss(error: unknown): boolean {
  if (error instanceof ApiError)
    return error.code === UNREACHABLE || error.code === "stream_broken" || error.status >= 502;
  return error instanceof TypeError; // what a body says when its connection is cut
}

/** Waits before the next try, longer each time, but no longer than until the network is back. */
export function pauseAfter(losses: number, signal: AbortSignal): Promise<void> {
  const ms = PAUSES_MS[Math.min(losses, PAUSES_MS.length - 1)] ?? 0;
  return new Promise((resolve, reject) => {
    const over = (settle: () => void) => () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", go);
      signal.removeEventListener("abort", leave);
      settle();
    };
    const go = over(resolve);
    const leave = over(() => reject(new DOMException("left", "AbortError")));
    const timer = setTimeout(go, ms);
    globalThis.addEventListener?.("online", go);
    signal.addEventListener("abort", leave);
  });
}
