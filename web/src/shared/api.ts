/** The one place that speaks HTTP, and the addresses but those of conversations. Every failure becomes an ApiError with words a person can act on. */
import { noteLimits } from "./limits";
import type {
  AccountChange,
  AccountPage,
  AddResult,
  ApiKey,
  Collection,
  CollectionList,
  Doc,
  DocChunk,
  DocPage,
  DocText,
  GuardPolicies,
  ListOf,
  MadeAccount,
  MadeKey,
  Me,
  Model,
  ModelStanding,
  Progress,
  ReviewItem,
  ReviewPage,
  SearchHit,
  Topic,
  UsageBy,
  UsageReport,
  Version,
  WorkspaceKey,
} from "./types";

export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    /** How long to wait before asking again, where the server says so. */
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
}

export const UNREACHABLE = "unreachable";
const unreachableListeners = new Set<() => void>();

/** Calls `listener` each time a request finds no server. */
export function onUnreachable(listener: () => void): () => void {
  unreachableListeners.add(listener);
  return () => unreachableListeners.delete(listener);
}

/** The error that a failed reply carries, in OpenAI's shape or any other. */
export function errorFrom(status: number, body: unknown, retryAfter: string | null = null): ApiError {
  const error = (body as { error?: { message?: string; code?: string; type?: string } } | null)?.error;
  const message = error?.message ?? `The server answered with status ${status}.`;
  const wait = retryAfter === null ? Number.NaN : Number(retryAfter);
  const code = error?.code ?? error?.type ?? String(status);
  return new ApiError(message, status, code, Number.isFinite(wait) ? wait : null);
}

export function unreachableError(): ApiError {
  for (const listener of unreachableListeners) listener();
  return new ApiError("The server cannot be reached. Is it still running?", 0, UNREACHABLE);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachableError();
  }
}

const signedOutListeners = new Set<() => void>();

/** Calls `listener` when the server no longer knows who asks. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

let renewal: Promise<boolean> | null = null;

/** Renews the session, once for all who ask at the same time; false when it is over. */
export function renewSession(): Promise<boolean> {
  renewal ??= reach("/v1/auth/refresh", jsonBody({}))
    .then(({ status }) => {
      if (status === 401 || status === 403) for (const listener of signedOutListeners) listener();
      return status === 200;
    })
    .finally(() => {
      renewal = null;
    });
  return renewal;
}

/** `fetch` that throws ApiError for a failed reply; an abort passes through untouched. A session is renewed when need be. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  let reply = await reach(path, init);
  if (reply.status === 401 && !path.startsWith("/v1/auth/") && (await renewSession()))
    reply = await reach(path, init);
  noteLimits(reply.headers);
  if (reply.ok) return reply;
  throw errorFrom(reply.status, await reply.json().catch(() => null), reply.headers.get("retry-after"));
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const reply = await send(path, signal ? { signal } : {});
  return (await reply.json()) as T;
}

export function jsonBody(body: unknown, signal?: AbortSignal): RequestInit {
  const init: RequestInit = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  return signal ? { ...init, signal } : init;
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await send(path, jsonBody(body, signal))).json()) as T;
}

export function collectionPath(collection: string): string {
  return `/v1/collections/${encodeURIComponent(collection)}`;
}

export function documentPath(collection: string, id: string): string {
  return `${collectionPath(collection)}/documents/${encodeURIComponent(id)}`;
}

function at(version: number | undefined): string {
  return version === undefined ? "" : `?version=${version}`;
}

export interface SearchRequest {
  query: string;
  k: number;
  mode: "hybrid" | "keyword" | "vector";
}

export const api = {
  models: (signal?: AbortSignal) => get<ListOf<Model>>("/v1/models", signal),
  ready: () => send("/health/ready"),
  collections: (signal?: AbortSignal) => get<CollectionList>("/v1/collections", signal),
  createCollection: (name: string) => post<Collection>("/v1/collections", { name }),
  deleteCollection: (name: string) => send(collectionPath(name), { method: "DELETE" }),
  documents: (
    collection: string,
    page: { q?: string; after?: string; limit?: number },
    signal?: AbortSignal,
  ) => {
    const query = new URLSearchParams({ limit: String(page.limit ?? 100) });
    if (page.q) query.set("q", page.q);
    if (page.after) query.set("after", page.after);
    return get<DocPage>(`${collectionPath(collection)}/documents?${query}`, signal);
  },
  document: (collection: string, id: string, signal?: AbortSignal) =>
    get<Doc>(documentPath(collection, id), signal),
  addUrl: (collection: string, url: string) =>
    post<ListOf<AddResult>>(`${collectionPath(collection)}/documents`, { url }),
  deleteDocument: (collection: string, id: string) =>
    send(documentPath(collection, id), { method: "DELETE", keepalive: true }),
  versions: (collection: string, id: string, signal?: AbortSignal) =>
    get<ListOf<Version>>(`${documentPath(collection, id)}/versions`, signal),
  text: (collection: string, id: string, version?: number, signal?: AbortSignal) =>
    get<DocText>(`${documentPath(collection, id)}/text${at(version)}`, signal),
  chunks: (collection: string, id: string, version?: number, signal?: AbortSignal) =>
    get<ListOf<DocChunk>>(`${documentPath(collection, id)}/chunks${at(version)}`, signal),
  progress: (collection: string, signal?: AbortSignal) =>
    get<Progress>(`${collectionPath(collection)}/progress`, signal),
  search: (collection: string, request: SearchRequest, signal?: AbortSignal) =>
    post<ListOf<SearchHit>>(`${collectionPath(collection)}/search`, request, signal),
  me: (signal?: AbortSignal) => get<Me>("/v1/me", signal),
  signIn: (email: string, password: string) =>
    send("/v1/auth/sign-in", jsonBody({ email, password, cookies: true })),
  signOut: (everywhere: boolean) => send("/v1/auth/sign-out", jsonBody({ everywhere })),
  changePassword: (old_password: string, new_password: string) =>
    send("/v1/auth/password", jsonBody({ old_password, new_password })),
  keys: (signal?: AbortSignal) => get<ListOf<ApiKey>>("/v1/me/keys", signal),
  createKey: (key: { name: string; scopes?: string[]; days?: number }) => post<MadeKey>("/v1/me/keys", key),
  revokeKey: (id: string) => send(`/v1/me/keys/${encodeURIComponent(id)}`, { method: "DELETE" }),
  admin: {
    users: (after: string, signal?: AbortSignal) =>
      get<AccountPage>(`/v1/admin/users?${new URLSearchParams({ limit: "100", after })}`, signal),
    createUser: (fields: { email: string; name: string; role: string; tier: string }) =>
      post<MadeAccount>("/v1/admin/users", fields),
    changeUser: (id: string, change: AccountChange) =>
      send(`/v1/admin/users/${encodeURIComponent(id)}`, { ...jsonBody(change), method: "PATCH" }),
    resetPassword: (id: string) =>
      post<MadeAccount>(`/v1/admin/users/${encodeURIComponent(id)}/password`, {}),
    keys: (signal?: AbortSignal) => get<ListOf<WorkspaceKey>>("/v1/admin/keys", signal),
    revokeKey: (id: string) => send(`/v1/admin/keys/${encodeURIComponent(id)}`, { method: "DELETE" }),
    topics: (signal?: AbortSignal) => get<ListOf<Topic>>("/v1/admin/topics", signal),
    putTopic: ({ name, keywords, examples, action, message, enabled }: Topic) =>
      send(`/v1/admin/topics/${encodeURIComponent(name)}`, {
        ...jsonBody({ keywords, examples, action, message, enabled }),
        method: "PUT",
      }),
    removeTopic: (name: string) => send(`/v1/admin/topics/${encodeURIComponent(name)}`, { method: "DELETE" }),
    models: (signal?: AbortSignal) => get<ListOf<ModelStanding>>("/v1/admin/models", signal),
    guards: (signal?: AbortSignal) => get<GuardPolicies>("/v1/admin/guards", signal),
    usage: (by: UsageBy, since: string, signal?: AbortSignal) =>
      get<UsageReport>(`/v1/admin/usage?${new URLSearchParams({ by, since })}`, signal),
  },
  review: (status: ReviewItem["status"], after: string, signal?: AbortSignal) =>
    get<ReviewPage>(
      `/v1/review?${new URLSearchParams({ status, limit: "50", ...(after ? { after } : {}) })}`,
      signal,
    ),
  settle: (id: string, change: Partial<Pick<ReviewItem, "status" | "note">>) =>
    send(`/v1/review/${encodeURIComponent(id)}`, { ...jsonBody(change), method: "PATCH" }),
  usage: (by: UsageBy, since: string, signal?: AbortSignal) =>
    get<UsageReport>(`/v1/usage?${new URLSearchParams({ by, since })}`, signal),
};
