/** How an older version kept a conversation, as the document that the server imports. Pure. */
import type { Turn } from "./turn";

/** What of a turn was kept then and is worth moving. */
export type KeptTurn = Pick<Turn, "id" | "question" | "model" | "asked_at"> & Partial<Turn>;

export interface KeptConversation {
  id: string;
  title: string;
  updated_at: string;
  turns: KeptTurn[];
}

export function exportOf(kept: KeptConversation[]): object {
  return { conversations: kept };
}
