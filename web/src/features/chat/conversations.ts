/** The conversations of this browser, newest first, kept in local storage. */
import { Store, storage } from "@/shared/store";
import { isLive, type Turn } from "./turn";

export interface Conversation {
  id: string;
  title: string;
  updated_at: string;
  turns: Turn[];
}

const KEY = "answerable.conversations";
const OWNER_KEY = "answerable.conversations-of";
const KEPT = 200;
/** Traces are large; the newest few are kept, older turns can be asked again. */
const KEPT_TRACES = 20;
const WRITE_EVERY_MS = 400;

/** What was being written when the page went away is a stopped answer now; what an older page saved lacks events. */
export function restore(saved: Conversation[]): Conversation[] {
  return saved.map((conversation) => ({
    ...conversation,
    turns: conversation.turns.map((turn) => ({
      ...turn,
      events: turn.events ?? [],
      status: isLive(turn) ? ("stopped" as const) : turn.status,
    })),
  }));
}

/** What is worth storing: the newest conversations, with the newest traces. */
export function prune(all: Conversation[]): Conversation[] {
  let traces = 0;
  return all.slice(0, KEPT).map((conversation) => ({
    ...conversation,
    turns: conversation.turns
      .toReversed()
      .map((turn) => {
        if (!turn.trace) return turn;
        traces += 1;
        return traces > KEPT_TRACES ? { ...turn, trace: null } : turn;
      })
      .toReversed(),
  }));
}

/** Whose they are: an account, or nobody's where there are no accounts. As it was at the last visit, until we know. */
let owner = storage.read<string>(OWNER_KEY);

function key(): string {
  return owner === null ? KEY : `${KEY}.${owner}`;
}

function load(): Conversation[] {
  return restore(storage.read<Conversation[]>(key()) ?? []);
}

export const conversations = new Store<Conversation[]>(load());

/** Shows the conversations of another account, and says whether it is another: people who share a browser do not read
 * each other's. */
export function belongTo(account: string | null): boolean {
  if (account === owner) return false;
  write();
  owner = account;
  storage.write(OWNER_KEY, owner);
  conversations.set(load());
  return true;
}

let timer: ReturnType<typeof setTimeout> | null = null;

function write(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  const all = prune(conversations.get());
  // A full storage loses the oldest half rather than the newest answer.
  if (!storage.write(key(), all)) storage.write(key(), all.slice(0, Math.ceil(all.length / 2)));
}

conversations.subscribe(() => {
  timer ??= setTimeout(write, WRITE_EVERY_MS);
});
if (typeof addEventListener === "function") addEventListener("pagehide", write);

export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function titleOf(question: string): string {
  const line = question.trim().replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59).trimEnd()}…` : line;
}

/** Adds a turn, beginning a conversation if `id` is new; the conversation moves to the top. */
export function addTurn(id: string, turn: Turn): void {
  conversations.update((all) => {
    const known = all.find((conversation) => conversation.id === id);
    const changed: Conversation = known
      ? { ...known, turns: [...known.turns, turn], updated_at: turn.asked_at }
      : { id, title: titleOf(turn.question), updated_at: turn.asked_at, turns: [turn] };
    return [changed, ...all.filter((conversation) => conversation.id !== id)];
  });
}

function change(id: string, edit: (conversation: Conversation) => Conversation): void {
  conversations.update((all) =>
    all.map((conversation) => (conversation.id === id ? edit(conversation) : conversation)),
  );
}

export function changeTurn(id: string, turnId: string, edit: (turn: Turn) => Turn): void {
  change(id, (conversation) => ({
    ...conversation,
    turns: conversation.turns.map((turn) => (turn.id === turnId ? edit(turn) : turn)),
  }));
}

/** Drops a turn and everything after it: what follows a changed question answered another one. */
export function dropFrom(id: string, turnId: string): void {
  change(id, (conversation) => {
    const at = conversation.turns.findIndex((turn) => turn.id === turnId);
    return at === -1 ? conversation : { ...conversation, turns: conversation.turns.slice(0, at) };
  });
}

export function rename(id: string, title: string): void {
  change(id, (conversation) => ({ ...conversation, title }));
}

export function remove(id: string): void {
  conversations.update((all) => all.filter((conversation) => conversation.id !== id));
}
