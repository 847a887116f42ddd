/** Whose the things are that this browser remembers: an account's, or nobody's where there are no accounts. */
import { storage } from "@/shared/store";
import { live } from "./live";
import { draft } from "./preferences";

const KEY = "answerable.conversations-of";

/** As it was at the last visit, until we know. */
let owner = storage.read<string>(KEY);

/** Says whether it is another account than before: people who share a browser see nothing of each other. */
export function belongTo(account: string | null): boolean {
  if (account === owner) return false;
  owner = account;
  storage.write(KEY, owner);
  draft.set("");
  live.set([]);
  return true;
}
