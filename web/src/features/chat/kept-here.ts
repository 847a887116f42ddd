/** What an older version kept in local storage, and its way into the server. Empty for good once it is there. */
import { conversationsApi } from "@/shared/conversations-api";
import { plural } from "@/shared/format";
import { Store, storage } from "@/shared/store";
import { exportOf, type KeptConversation } from "./kept-format";

const KEY = "answerable.conversations";

/** Whose they are: an account's, or nobody's where there are no accounts. */
let key = KEY;

export const leftovers = new Store<KeptConversation[]>([]);
leftovers.subscribe(() => {
  if (leftovers.get().length === 0) storage.remove(key);
});

export function findLeftovers(account: string | null): void {
  key = account === null ? KEY : `${KEY}.${account}`;
  const kept = storage.read<KeptConversation[]>(key);
  leftovers.set(Array.isArray(kept) ? kept.filter(({ turns }) => turns.length > 0) : []);
}

/** Moves them; what became of them in words. What the server could not take stays here. */
export async function keepOnServer(): Promise<string> {
  const kept = leftovers.get();
  const report = await conversationsApi.import(exportOf(kept));
  const { imported, already_there, failures } = report;
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  leftovers.set([]);
  return `${plural(imported + already_there, "conversation")} moved to the server.`;
}
