/** The shapes of stored conversations in the HTTP API, as the server documents them. */
import type { Citation, ListOf, Passage, RequestEvent, Trace, Usage } from "./types";

/** A conversation in a list. */
export interface Conversation {
  id: string;
  title: string;
  /** Nested by slashes; empty for none. */
  folder: string;
  tags: string[];
  archived: boolean;
  /** The message that ends the branch which is shown. */
  leaf: string | null;
  created_at: string;
  updated_at: string;
}

export type ConversationChange = Partial<
  Pick<Conversation, "title" | "folder" | "tags" | "archived"> & { leaf: string }
>;

export interface ConversationPage extends ListOf<Conversation> {
  has_more: boolean;
  next: string | null;
}

export type MessageStatus = "done" | "streaming" | "stopped" | "failed" | "interrupted";

export interface Feedback {
  mark: "up" | "down";
  comment: string;
}

/** What the program says beside an answer's text, collected. */
export interface StoredAnswer {
  abstained?: boolean;
  message?: string;
  searched?: string[];
  closest?: Passage[];
  confidence?: number;
  passages?: Passage[];
  sentences?: { text: string; citations: Citation[] }[];
  route?: Omit<Extract<RequestEvent, { type: "routed" }>, "type">;
  cache?: Omit<Extract<RequestEvent, { type: "cache_hit" }>, "type">;
  tools?: Omit<Extract<RequestEvent, { type: "tool_ran" }>, "type">[];
  cost_usd?: string | null;
  request_id?: string;
  usage?: Usage | null;
  trace?: Trace;
}

export interface StoredMessage {
  id: string;
  parent: string | null;
  role: "system" | "user" | "assistant" | "tool";
  content: string;
  status: MessageStatus;
  /** The code of what it failed of. */
  error: string | null;
  model: string | null;
  request_id: string | null;
  created_at: string;
  updated_at: string;
  answer: StoredAnswer | null;
  versions: string[];
  feedback: Feedback | null;
}

/** `before` leads to the messages before this page. */
export interface MessagePage extends ListOf<StoredMessage> {
  has_more: boolean;
  before: string | null;
}

export interface Label {
  name: string;
  conversations: number;
}

export interface Labels {
  folders: Label[];
  tags: Label[];
}

/** A message, or a title, that was found. Marks are pairs of offsets in characters. */
export interface FoundMessage {
  conversation: string;
  message: string | null;
  title: string;
  snippet: { text: string; marks: [number, number][]; cut_before: boolean; cut_after: boolean };
}

export interface SearchPage extends ListOf<FoundMessage> {
  has_more: boolean;
}

export interface ImportReport {
  imported: number;
  already_there: number;
  failed: number;
  failures: { title: string; reason: string }[];
}

/** `token` is in the reply to making it, and nowhere else. */
export interface Share {
  id: string;
  token?: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
}

/** What a reader of a shared conversation gets: texts with their numbers, and what is quoted. */
export interface SharedMessage {
  role: "user" | "assistant";
  status: MessageStatus;
  content: string;
  model: string | null;
  citations: { number: number; title: string; page: number | null; quote: string }[];
}

/** A page of what was shared; `next` leads to the messages after it. */
export interface SharedConversation {
  title: string;
  shared_at: string;
  expires_at: string;
  messages: SharedMessage[];
  next: number | null;
}
