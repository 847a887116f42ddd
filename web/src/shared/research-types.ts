/** The shapes of research: runs, what happens in them, outlines, reports, and the way back from a sentence. */

export type RunStatus = "running" | "waiting" | "done" | "failed" | "cancelled";
export type Gate = "outline" | "report";
export type Orchestrator = "graph" | "team";
export type Agent = "researcher" | "analyst" | "writer" | "critic" | "editor";

export interface Budget {
  tokens: number;
  usd: string;
  seconds: number;
}

export interface Run {
  id: string;
  topic: string;
  title: string;
  status: RunStatus;
  stage: string;
  waiting_for: Gate | null;
  error: string | null;
  settings: {
    sources: string[];
    collections: string[];
    addresses: string[];
    model: string;
    budget: Budget;
    approve: Gate[];
    questions: number;
    sections: number;
    max_revisions: number;
    orchestrator: Orchestrator;
    team: string;
  };
  replay_of: string | null;
  spent: { tokens: number; usd: string; seconds: number };
  has_report: boolean;
  created_at: string;
  updated_at: string;
}

export interface RunPage {
  data: Run[];
  has_more: boolean;
  next: string | null;
}

export interface NewRun {
  topic: string;
  sources: string[];
  collections: string[];
  addresses: string[];
  model: string;
  budget: { tokens?: number; usd?: number; seconds?: number };
  approve: Gate[];
  questions: number;
  passages: number;
  sections: number;
  max_revisions: number;
  orchestrator: Orchestrator;
  team: string;
}

export interface RunTeam {
  name: string;
  title: string;
  purpose: string;
  input: string;
  roles: { name: string; task: string }[];
  needs_model: boolean;
  budget: Budget;
}

export interface RunSource {
  name: string;
  network: boolean;
  ready: boolean;
  missing: string | null;
}

export interface FoundDocument {
  kind: string;
  title: string;
  address: string;
  passages: number;
}

/** One entry of the record; what `data` holds depends on `kind`, and any of it may be missing. */
export interface RunEvent {
  number: number;
  at: string;
  /** One of the five, a role of another team, `person`, or nobody. */
  agent: string;
  kind: string;
  text: string;
  data: {
    questions?: string[];
    sections?: string[];
    documents?: FoundDocument[];
    failed?: [string, string][];
    evidence?: string[];
    cut?: { text: string; reason: string }[];
    sentences?: number | number[];
    missing?: string;
    left?: number;
    gaps?: string[] | number;
    score?: number | null;
    issues?: unknown[] | number;
    references?: number;
    ms?: number;
    why?: string;
    note?: string;
  };
}

export interface OutlineSection {
  id: string;
  heading: string;
  question: string;
  parts: string[];
  passages: number;
  documents: FoundDocument[];
}

export interface Outline {
  title: string;
  sections: OutlineSection[];
}

export interface Decision {
  decision: "approve" | "edit" | "reject";
  note?: string;
  outline?: { title: string; sections: { id?: string; heading: string; question?: string }[] };
}

export interface ReportSpan {
  number: number;
  evidence: string;
  start: number;
  end: number;
  quote: string;
  support: number;
  page: number | null;
}

export interface ReportSentence {
  text: string;
  spans: ReportSpan[];
  kind: "fact" | "synthesis";
}

export type ReportBlock =
  | { type: "paragraph"; sentences: ReportSentence[] }
  | { type: "bullets"; items: ReportSentence[]; numbered: boolean }
  | { type: "listing"; text: string; language: string; spans: ReportSpan[] }
  | { type: "grid"; caption: string; head: string[]; rows: ReportSentence[][] }
  | {
      type: "chart";
      caption: string;
      unit: string;
      bars: { label: string; value: number; spans: ReportSpan[] }[];
    };

export interface ReportSection {
  id: string;
  heading: string;
  level: number;
  blocks: ReportBlock[];
  missing: string;
}

export interface Reference {
  number: number;
  kind: string;
  title: string;
  address: string;
  version: number;
  date: string;
  authors: string;
  licence: string;
}

export interface Report {
  title: string;
  topic: string;
  summary: ReportSentence[];
  sections: ReportSection[];
  references: Reference[];
  conflicts: { subject: string; sides: { value: string; sentence: ReportSentence }[] }[];
  gaps: { question: string; queries: string[]; reason: string }[];
  notes: string[];
  score: Record<
    "overall" | "support" | "coverage" | "structure" | "balance" | "freshness" | "repetition",
    number
  > | null;
  date: string;
  written_by: string;
}

export interface EvidencePassage {
  id: string;
  kind: string;
  question: string;
  title: string;
  address: string;
  collection: string | null;
  document_id: string;
  version: number;
  page: number | null;
  headings: string[];
  start: number;
  end: number;
  text: string;
  date: string;
}

export interface FoundBy {
  event: number;
  at: string;
  question: string;
  sources: string[];
  ms: number;
}

export interface Evidence extends EvidencePassage {
  context: { text: string; start: number; length: number } | null;
  found_by: FoundBy[];
}

export interface WhySentence {
  section: string;
  number: number;
  text: string;
  kind: ReportSentence["kind"];
  steps: {
    number: number;
    quote: string;
    start: number;
    end: number;
    support: number;
    evidence: EvidencePassage;
    found_by: FoundBy[];
  }[];
  written_by: {
    agent: Agent;
    task: string;
    model: string;
    tokens: number;
    usd: string | null;
    ms: number;
    request_id: string | null;
    at: string;
  } | null;
  events: RunEvent[];
}
