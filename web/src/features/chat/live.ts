/** The answers that this page follows or has followed, in memory: laid over what the server has stored. */
import { Store } from "@/shared/store";
import { isLive, type Turn } from "./turn";

export interface Live {
  /** The conversation; NEW until the server has named it, TEMPORARY for what is never stored. */
  conversation: string;
  turn: Turn;
}

export const NEW = "new";
export const TEMPORARY = "temporary";

/** Finished ones beyond this are forgotten; the server has them. */
const KEPT = 60;

export const live = new Store<Live[]>([]);

export function liveIn(all: Live[], conversation: string): Turn[] {
  return all.filter((one) => one.conversation === conversation).map(({ turn }) => turn);
}

export function begin(conversation: string, turn: Turn): void {
  live.update((all) => {
    const drop = Math.max(0, all.length - KEPT);
    const old = new Set(
      all.filter((one) => !isLive(one.turn) && one.conversation !== TEMPORARY).slice(0, drop),
    );
    return [...all.filter((one) => !old.has(one)), { conversation, turn }];
  });
}

export function edit(id: string, change: (turn: Turn) => Turn): void {
  live.update((all) => all.map((one) => (one.turn.id === id ? { ...one, turn: change(one.turn) } : one)));
}

export function discard(id: string): void {
  live.update((all) => all.filter(({ turn }) => turn.id !== id));
}

/** The conversation that the page of a new chat goes to next: until it is there, the new chat shows its turns. */
export const moving = new Store<string>(NEW);

/** What was begun before the server named the conversation belongs to it from now on. */
export function named(conversation: string): void {
  moving.set(conversation);
  live.update((all) => all.map((one) => (one.conversation === NEW ? { ...one, conversation } : one)));
}

export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
