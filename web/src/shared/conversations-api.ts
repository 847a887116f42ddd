/** The addresses of stored conversations. */
import { get, jsonBody, post, send } from "./api";
import type {
  Conversation,
  ConversationChange,
  ConversationPage,
  Feedback,
  ImportReport,
  Labels,
  MessagePage,
  SearchPage,
  Share,
  SharedConversation,
} from "./conversation-types";

const ROOT = "/v1/conversations";

function pathOf(id: string): string {
  return `${ROOT}/${encodeURIComponent(id)}`;
}

function messagePath(id: string, message: string): string {
  return `${pathOf(id)}/messages/${encodeURIComponent(message)}`;
}

/** `given` as a query string, without what is not set. */
function query(given: Record<string, string | number | boolean | undefined>): string {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
}

export interface ListFilter {
  folder?: string;
  tag?: string;
  archived?: boolean;
}

/** What is said: new words after `parent` (by default after the last message), or `parent`, a question, once more. */
export interface Saying {
  content?: string;
  parent?: string | null;
  model: string;
  collection?: string;
  explain?: boolean;
  cache?: { no_cache: true };
}

export const conversationsApi = {
  list: (filter: ListFilter, after: string | undefined, signal?: AbortSignal) =>
    get<ConversationPage>(`${ROOT}?${query({ limit: 50, after, ...filter })}`, signal),
  labels: (signal?: AbortSignal) => get<Labels>(`${ROOT}/labels`, signal),
  search: (q: string, signal?: AbortSignal) =>
    get<SearchPage>(`${ROOT}/search?${query({ q, limit: 12 })}`, signal),
  create: () => post<Conversation>(ROOT, {}),
  one: (id: string, signal?: AbortSignal) => get<Conversation>(pathOf(id), signal),
  change: async (id: string, change: ConversationChange) =>
    (await (await send(pathOf(id), { ...jsonBody(change), method: "PATCH" })).json()) as Conversation,
  remove: (id: string) => send(pathOf(id), { method: "DELETE", keepalive: true }),
  messages: (id: string, page: { leaf?: string; before?: string; limit?: number }, signal?: AbortSignal) =>
    get<MessagePage>(`${pathOf(id)}/messages?${query({ limit: 60, ...page })}`, signal),
  say: (id: string, saying: Saying, signal: AbortSignal) =>
    send(`${pathOf(id)}/messages`, jsonBody({ ...saying, stream: true }, signal)),
  /** The answer from the frame after `cursor` on, from the first one if there is none. */
  stream: (id: string, message: string, cursor: string | null, signal: AbortSignal) =>
    send(`${messagePath(id, message)}/stream`, {
      signal,
      headers: cursor === null ? {} : { "last-event-id": cursor },
    }),
  stop: (id: string, message: string) => send(`${messagePath(id, message)}/stop`, jsonBody({})),
  mark: (id: string, message: string, feedback: Feedback) =>
    send(`${messagePath(id, message)}/feedback`, { ...jsonBody(feedback), method: "PUT" }),
  unmark: (id: string, message: string) => send(`${messagePath(id, message)}/feedback`, { method: "DELETE" }),
  export: (id: string, format: "json" | "markdown") => send(`${pathOf(id)}/export?${query({ format })}`),
  import: (document: unknown) => post<ImportReport>(`${ROOT}/import`, document),
  shares: (id: string, signal?: AbortSignal) => get<{ data: Share[] }>(`${pathOf(id)}/shares`, signal),
  share: (id: string, days: number) => post<Share>(`${pathOf(id)}/shares`, { days }),
  withdraw: (id: string, share: string) =>
    send(`${pathOf(id)}/shares/${encodeURIComponent(share)}`, { method: "DELETE" }),
  shared: (token: string, after: number, signal?: AbortSignal) =>
    get<SharedConversation>(`/v1/shared/${encodeURIComponent(token)}?${query({ after })}`, signal),
};
