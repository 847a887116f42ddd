/** The record of a run as it grows, over as many connections as it takes: nothing twice, nothing left out. */
import { useEffect, useState } from "react";
import { errorFrom } from "@/shared/api";
import { queryClient } from "@/shared/query-client";
import { brokenError, isLoss, pauseAfter } from "@/shared/reconnect";
import { researchApi } from "@/shared/research-api";
import type { RunEvent } from "@/shared/research-types";
import { events } from "@/shared/sse";
import { refreshRun } from "./queries";

export interface RunRecord {
  events: RunEvent[];
  /** The connection is gone, and is being made again. */
  lost: boolean;
  error: Error | null;
}

const NOTHING: RunRecord = { events: [], lost: false, error: null };
const SHOW_EVERY_MS = 60;
/** After these the run is something else than before. */
const TURNS = new Set(["waiting", "approval", "ended", "failed", "cancelled", "resumed", "published"]);

/** `key` changes when the run goes on after its end, as after a resumption: then it is followed once more. */
export function useEvents(run: string, key: string): RunRecord {
  const [record, setRecord] = useState(NOTHING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key is another following
  useEffect(() => {
    const leaving = new AbortController();
    const taken: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const show = (more: Partial<RunRecord> = {}) => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (!leaving.signal.aborted) setRecord((before) => ({ ...before, events: [...taken], ...more }));
    };
    const take = (event: RunEvent) => {
      taken.push(event);
      if (TURNS.has(event.kind)) refreshRun(run);
      if (event.kind === "waiting")
        void queryClient.invalidateQueries({ queryKey: ["research", "outline", run] });
      timer ??= setTimeout(() => show({ lost: false }), SHOW_EVERY_MS);
    };
    followRun(run, leaving.signal, take, () => show({ lost: true }))
      .then(() => show({ lost: false }))
      .catch((error: unknown) => show({ error: error instanceof Error ? error : new Error(String(error)) }))
      .finally(() => refreshRun(run));
    return () => {
      leaving.abort();
      if (timer !== null) clearTimeout(timer);
    };
  }, [run, key]);
  return record;
}

async function followRun(
  run: string,
  signal: AbortSignal,
  take: (event: RunEvent) => void,
  lose: () => void,
): Promise<void> {
  let cursor: string | null = null;
  for (let losses = 0; !signal.aborted; losses += 1) {
    try {
      const reply = await researchApi.events(run, cursor, signal);
      if (!reply.body) throw brokenError();
      for await (const event of events(reply.body)) {
        losses = 0;
        cursor = event.id ?? cursor;
        if (event.data === "[DONE]") return;
        const told = JSON.parse(event.data) as RunEvent & { error?: unknown };
        if (told.error) throw errorFrom(503, told);
        take(told);
      }
      throw brokenError();
    } catch (error) {
      if (signal.aborted) return;
      if (!isLoss(error)) throw error;
      lose();
      await pauseAfter(losses, signal).catch(() => undefined);
    }
  }
}
