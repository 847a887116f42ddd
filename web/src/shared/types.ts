/** The shapes of the HTTP API, as the server documents them. Every optional field may really be missing. */

export interface ListOf<T> {
  data: T[];
}

export interface Model {
  id: string;
  owned_by?: string;
}

export interface Collection {
  name: string;
  documents: number;
  chunks: number;
  embedded_chunks: number;
  pending_chunks: number;
  updated_at: string | null;
  embedder?: string | null;
  chunker?: string | Record<string, unknown> | null;
  examples?: string[];
}

/** `default` is asked when none is named. */
export interface CollectionList extends ListOf<Collection> {
  default: string | null;
}

export interface Doc {
  id: string;
  collection: string;
  source: string;
  title: string;
  media_type: string;
  status: "searchable" | "embedded";
  version: number;
  versions: number;
  chunks: number;
  embedded_chunks: number;
  size_chars: number;
  created_at: string;
  updated_at: string;
  metadata?: Record<string, unknown>;
  warnings?: string[];
}

export interface DocPage extends ListOf<Doc> {
  has_more: boolean;
  next: string | null;
}

export interface AddResult {
  source: string;
  status: "added" | "updated" | "unchanged" | "failed";
  document: Doc | null;
  error: { message: string; code?: string | null } | null;
}

export interface Version {
  id: string | number;
  number: number;
  valid_from: string;
  valid_to: string | null;
  chunks: number;
  size_chars: number;
}

export type BlockKind = "heading" | "prose" | "list" | "table" | "code";

export interface Block {
  start: number;
  end: number;
  kind: BlockKind;
  page: number | null;
  heading_path: string[];
}

export interface DocText {
  document_id: string;
  version: number;
  title: string;
  text: string;
  blocks: Block[];
}

export interface DocChunk {
  id: string | number;
  ordinal: number;
  start: number;
  end: number;
  text: string;
  header: string;
  page: number | null;
  heading_path: string[];
  kind: string;
  tokens: number;
  embedded: boolean;
}

export interface Progress {
  pending: number;
  done: number;
  rate_per_s: number;
  eta_s: number | null;
}

/** Where a piece of text lives: enough to open its document at the right place. */
export interface Address {
  number?: number;
  collection?: string;
  document_id: string;
  version_id?: string | number;
  version?: number;
  title: string;
  source: string;
  page: number | null;
  heading_path?: string[];
  start: number;
  end: number;
}

export interface Passage extends Address {
  text: string;
}

export interface Citation extends Address {
  number: number;
  /** Its number among the passages that were read; `number` counts the cited ones as they appear. */
  passage?: number;
  quote: string;
  support: number;
}

export interface SearchHit extends Passage {
  chunk_id: string | number;
  score: number;
}

export interface Ranked {
  chunk_id: string | number;
  rank: number;
  score?: number;
  title?: string;
  heading_path?: string[];
  keyword_rank?: number | null;
  vector_rank?: number | null;
}

/** What happened to one request. Anything may be missing: a step that did not run leaves nothing. */
export interface Trace {
  question?: string;
  rewritten?: string | null;
  collection?: string;
  as_of?: string | null;
  filter?: unknown;
  steps?: { name: string; ms?: number; detail?: unknown }[];
  keyword?: Ranked[];
  vector?: Ranked[];
  fused?: Ranked[];
  reranked?: Ranked[];
  dropped?: { chunk_id: string | number; reason: string; title?: string }[];
  context?: { number: number; chunk_id: string | number; tokens?: number }[];
  confidence?: { value?: number; threshold?: number; features?: Record<string, number> };
  sentences?: { text: string; support?: number; citations?: unknown[] }[];
  dropped_sentences?: { text: string; reason: string }[];
  model?: string;
  usage?: Record<string, unknown>;
  ms?: number;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens?: number;
  prompt_tokens_details?: { cached_tokens?: number } | null;
}

/** What happened to a request on its way, in the order it happened. */
export type RequestEvent =
  | {
      type: "routed";
      model: string;
      reason: string;
      /** 0 to 10; null where nobody measured it. */
      complexity?: number | null;
      /** How sure the router was, 0 to 1. */
      confidence?: number | null;
      /** How many routes had failed before this one. */
      fallbacks?: number;
      degraded?: boolean;
    }
  | { type: "cache_hit"; kind: "exact" | "semantic"; similarity: number; age_s: number }
  | { type: "tool_ran"; name: string; arguments: string; summary: string; ok: boolean; ms: number }
  | {
      type: "settled";
      model: string;
      usage?: Usage | null;
      /** A decimal number; null where the price is not known. */
      cost_usd: string | null;
      request_id?: string;
    };

export type AnswerEvent =
  | { type: "retrieved"; confidence?: number; collection?: string; passages?: Passage[] }
  | { type: "sentence"; text: string; citations?: Citation[] }
  | { type: "abstained"; message: string; searched?: string[]; closest?: Passage[] }
  | { type: "explained"; trace: Trace }
  | { type: "notice"; text: string }
  | RequestEvent;

export interface User {
  id: string;
  email: string;
  name: string;
  role: string;
  tier: string;
  workspace: string;
}

/** Who asks. `user` is null for the owner of this machine, who has no account. */
export interface Me {
  id: string;
  role: string;
  tier: string;
  workspace: string;
  scopes: string[];
  actions: string[];
  user: User | null;
}

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

/** A key as administrators see it. */
export type WorkspaceKey = ApiKey & { user_id: string };

/** `key` is in the reply to making it, and nowhere else. */
export type MadeKey = ApiKey & { key: string };

export type UsageBy = "day" | "model" | "user" | "key" | "outcome";

/** What some requests used. */
export interface UsageFigures {
  requests: number;
  cached: number;
  unsuccessful: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** A decimal number, of what has a price; null where nothing of it has. */
  cost_usd: string | null;
  /** Requests whose cost is not known in whole: they are not in `cost_usd`. */
  unpriced: number;
}

/** The figures of one label, which stands in the field that the report is `by`. `name` is what people call it. */
export type UsageLine = UsageFigures & Partial<Record<UsageBy, string>> & { name?: string };

export interface UsageReport {
  by: UsageBy;
  since: string;
  until: string;
  data: UsageLine[];
  total: UsageFigures;
}

/** What an account may use; what is left out is as its tier says, null is without limit. */
export type LimitName =
  | "requests_per_hour"
  | "tokens_per_minute"
  | "tokens_per_request"
  | "concurrent_requests"
  | "usd_per_day"
  | "usd_per_month";
export type OwnLimits = Partial<Record<LimitName, number | null>>;

/** An account as administrators see it. */
export type Account = User & {
  service: boolean;
  disabled: boolean;
  created_at: string;
  limits: OwnLimits;
};

export type AccountChange = Partial<{ role: string; tier: string; disabled: boolean; limits: OwnLimits }>;

export type GuardPolicy = "allow" | "mask" | "block";

/** The guards in force, as `policies.toml` sets them. */
export interface GuardPolicies {
  personal_data: {
    enabled: boolean;
    kinds: { kind: string; called: string; input: GuardPolicy; output: GuardPolicy; unmask: boolean }[];
  };
  injection: { user: string; documents: string };
  leakage: { enabled: boolean; words: number; callers: boolean; canary: boolean };
  topics: { enabled: boolean; similarity: number };
}

export interface AccountPage extends ListOf<Account> {
  next: string | null;
}

/** `password` is in the reply to making it, and nowhere else. */
export type MadeAccount = Account & { password?: string };

export interface Topic {
  name: string;
  keywords: string[];
  examples: string[];
  action: "people" | "notice";
  message: string;
  enabled: boolean;
}

/** A configured model and how it stands. */
export interface ModelStanding {
  name: string;
  kind: "language" | "engine" | "embedding";
  provider: string | null;
  usable: boolean;
  why_not: string | null;
  default: boolean;
  /** US dollars per million tokens, as decimal numbers. */
  price: {
    known: boolean;
    free: boolean;
    input: string | null;
    output: string | null;
    source: string | null;
    as_of: string | null;
  };
  breaker: { state: string; retry_after_s: number };
  routes: string[];
}

/** An answer that a reviewer should look at. Without texts where it is not stored. */
export interface ReviewItem {
  id: string;
  kind: "low_mark" | "abstained" | "escalated";
  status: "open" | "done";
  request_id: string;
  collection: string | null;
  question: string;
  answer: string;
  comment: string;
  note: string;
  created_at: string;
  updated_at: string;
}

export interface ReviewPage extends ListOf<ReviewItem> {
  has_more: boolean;
  next: string | null;
}
