/** Asking: one request, its answer followed whatever page is shown, and found again after a reload. */
import { jsonBody, send } from "@/shared/api";
import { conversationsApi, type Saying } from "@/shared/conversations-api";
import { isLoss } from "@/shared/reconnect";
import { notice, settleAll } from "@/shared/undo";
import { follow } from "./follow";
import { begin, discard, edit, live, liveIn, NEW, named, newId, TEMPORARY } from "./live";
import { newestAnswer, refreshConversation } from "./queries";
import { turnsOf } from "./stored";
import { answerText, failTurn, isLive, NOWHERE, newTurn, type Turn } from "./turn";

export interface Choice {
  collection: string | null;
  model: string;
  /** Whether plain keyword search is shown beside the answer. */
  compare: boolean;
  /** A second model that answers at the same time. */
  second: string | null;
}

interface Message {
  role: "user" | "assistant";
  content: string;
}

/** Earlier turns of a temporary chat sent along, so that "and in winter?" can be understood. */
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

function sayingOf({ model, collection }: Choice): Saying {
  return { model, ...(collection === null ? {} : { collection, explain: true }) };
}

interface Asked {
  /** undefined: in a conversation that is begun with it. */
  conversation: string | undefined;
  question: string;
  choice: Choice;
  /** The message it follows; null for the first one. */
  parent: string | null;
}

/** Asks, and returns the turn and its conversation as soon as that has an id; null where none could be begun. */
export async function ask({ conversation, question, choice, parent }: Asked): Promise<[string, Turn] | null> {
  const content = question.trim();
  const turn = newTurn(newId(), content, choice, { ...NOWHERE, parent });
  begin(conversation ?? NEW, turn);
  const id = conversation ?? (await beginConversation(turn));
  if (id === null) return null;
  const stopped = liveIn(live.get(), id).some((now) => now.id === turn.id && !isLive(now));
  if (!stopped) void run(id, turn, { content, parent, ...sayingOf(choice) });
  return [id, turn];
}

async function beginConversation(turn: Turn): Promise<string | null> {
  try {
    const { id } = await conversationsApi.create();
    named(id);
    return id;
  } catch (error) {
    edit(turn.id, (now) => failTurn(now, error));
    return null;
  }
}

/** Answers a stored question once more, beside the answers it has; `fresh`: not from the cache. */
export function answerAgain(conversation: string, of: Turn, choice: Choice, fresh = true): void {
  const { parent, question, questions } = of.place;
  const turn = newTurn(newId(), of.question, choice, { ...NOWHERE, parent, question, questions });
  begin(conversation, turn);
  const cache = fresh ? { cache: { no_cache: true as const } } : {};
  void run(conversation, turn, { parent: question, ...sayingOf(choice), ...cache });
}

/** Follows an answer that was found under way: begun before a reload, in another tab, or on another device. What was
 * asked here is followed already, also while its reply has not named the answer yet.
 */
export function pickUp(conversation: string, found: Turn): void {
  const { answer } = found.place;
  const followed = liveIn(live.get(), conversation).some(
    (turn) =>
      turn.place.answer === answer || (turn.place.answer === null && isLive(turn) && isSame(turn, found)),
  );
  if (answer === null || followed) return;
  begin(conversation, found);
  void tend(conversation, found, (signal) =>
    follow({
      turn: found,
      known: true,
      signal,
      open: (cursor) => conversationsApi.stream(conversation, answer, cursor, signal),
      show: (now) => edit(found.id, () => now),
    }),
  );
}

function run(conversation: string, turn: Turn, saying: Saying): Promise<void> {
  let begun = false;
  return tend(conversation, turn, async (signal) => {
    await settleAll(); // a document just deleted must not answer
    return follow({
      turn,
      known: false,
      signal,
      open: (cursor, { place: { answer } }) =>
        answer === null
          ? conversationsApi.say(conversation, saying, signal)
          : conversationsApi.stream(conversation, answer, cursor, signal),
      show: (now) => {
        edit(turn.id, () => now);
        if (begun || now.place.answer === null) return;
        begun = true;
        void refreshConversation(conversation);
      },
    });
  });
}

/** Tells how a run ended where it did not say so itself. */
async function tend(
  conversation: string,
  turn: Turn,
  work: (signal: AbortSignal) => Promise<Turn>,
): Promise<void> {
  const control = new AbortController();
  running.set(turn.id, control);
  try {
    await work(control.signal);
  } catch (error) {
    if (control.signal.aborted) edit(turn.id, (now) => ({ ...now, status: "stopped", lost: false }));
    else await settleFailure(conversation, turn, error);
  } finally {
    running.delete(turn.id);
    if (conversation !== TEMPORARY) await refreshConversation(conversation);
  }
}

/** The server may have stored what the reply did not tell of: then the turn stands there, or the answer goes on. */
async function settleFailure(conversation: string, { id }: Turn, error: unknown): Promise<void> {
  const turn = liveIn(live.get(), conversation).find((one) => one.id === id);
  const stored = turn && conversation !== TEMPORARY ? await storedAs(conversation, turn) : null;
  if (turn && stored?.status === "answering" && isLoss(error)) {
    discard(id);
    pickUp(conversation, { ...stored, compare: turn.compare });
  } else edit(id, (now) => failTurn(stored ? { ...now, place: stored.place } : now, error));
}

/** Whether two turns ask the same after the same message: what is asked here may be known by that alone. */
function isSame(one: Turn, other: Turn): boolean {
  return one.question === other.question && one.place.parent === other.place.parent;
}

/** The newest turn of the conversation if it is this one; null also where the server is away. */
async function storedAs(conversation: string, turn: Turn): Promise<Turn | null> {
  try {
    const newest = turnsOf(await newestAnswer(conversation)).at(-1);
    return newest && isSame(newest, turn) ? newest : null;
  } catch {
    return null;
  }
}

const LOOK_EVERY_MS = 150;
const LOOKS = 40;

/** Where the server has put a question, as soon as it has: long before a slow model says its first word. */
export async function whenStored(conversation: string, asked: Turn): Promise<Turn | null> {
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const turn = liveIn(live.get(), conversation).find(({ id }) => id === asked.id);
    if (!turn || turn.status === "failed") return null;
    if (turn.place.question !== null) return turn;
    const stored = await storedAs(conversation, turn);
    if (stored) return stored;
  }
  return null;
}

/** A question of which nothing is kept, here or on the server. */
export function askTemporarily(question: string, choice: Choice): void {
  const history = historyOf(liveIn(live.get(), TEMPORARY));
  const turn = newTurn(newId(), question.trim(), choice);
  const messages = [...history, { role: "user", content: turn.question }];
  const body = { ...sayingOf(choice), messages, stream: true, temporary: true };
  begin(TEMPORARY, turn);
  void tend(TEMPORARY, turn, (signal) =>
    follow({
      turn,
      known: false,
      signal,
      open: () => send("/v1/chat/completions", jsonBody(body, signal)),
      show: (now) => edit(turn.id, () => now),
    }),
  );
}

/** Asks again in place of a turn of a temporary chat; what followed goes. */
export function askTemporarilyAgain(of: Turn, question: string, choice: Choice): void {
  const turns = liveIn(live.get(), TEMPORARY);
  for (const turn of turns.slice(turns.findIndex(({ id }) => id === of.id))) {
    running.get(turn.id)?.abort();
    discard(turn.id);
  }
  askTemporarily(question, choice);
}

export function forgetTemporary(): void {
  for (const turn of liveIn(live.get(), TEMPORARY)) {
    running.get(turn.id)?.abort();
    discard(turn.id);
  }
}

/** Stops whatever is being answered in a conversation. */
export async function stop(conversation: string): Promise<void> {
  const going = liveIn(live.get(), conversation).filter(isLive);
  const stopped = going.map(async (turn) => {
    const { answer } = turn.place;
    running.get(turn.id)?.abort();
    edit(turn.id, (now) => ({ ...now, status: "stopped", lost: false }));
    if (conversation === TEMPORARY || conversation === NEW) return;
    const named = answer ?? (await storedAs(conversation, turn))?.place.answer;
    if (named) await conversationsApi.stop(conversation, named);
  });
  try {
    await Promise.all(stopped);
    await refreshConversation(conversation);
  } catch (error) {
    notice.set(`The answer may still be running: ${error instanceof Error ? error.message : error}`);
  }
}
