/** Destructive acts wait a few seconds so that they can be undone. Asking a question or leaving the page settles them. */
import { Store } from "./store";

export interface PendingAct {
  key: string;
  label: string;
  commit: () => unknown;
  revert?: () => void;
}

export const UNDO_MS = 6000;
export const pendingActs = new Store<PendingAct[]>([]);
export const notice = new Store<string | null>(null);
const timers = new Map<string, ReturnType<typeof setTimeout>>();

function forget(key: string): void {
  clearTimeout(timers.get(key));
  timers.delete(key);
}

async function settle(act: PendingAct): Promise<void> {
  if (!timers.has(act.key)) return; // already on its way, or undone
  forget(act.key);
  try {
    await act.commit();
  } catch (error) {
    act.revert?.();
    notice.set(error instanceof Error ? error.message : String(error));
  } finally {
    pendingActs.update((acts) => acts.filter((other) => other.key !== act.key));
  }
}

export function actLater(act: PendingAct): void {
  forget(act.key);
  pendingActs.update((acts) => [...acts.filter((other) => other.key !== act.key), act]);
  timers.set(
    act.key,
    setTimeout(() => void settle(act), UNDO_MS),
  );
}

export function undo(key: string): void {
  if (!timers.has(key)) return;
  forget(key);
  const act = pendingActs.get().find((candidate) => candidate.key === key);
  pendingActs.update((acts) => acts.filter((other) => other.key !== key));
  act?.revert?.();
}

/** Does everything that still waits, now. */
export async function settleAll(): Promise<void> {
  await Promise.all(pendingActs.get().map(settle));
}

if (typeof addEventListener === "function") addEventListener("pagehide", () => void settleAll());
