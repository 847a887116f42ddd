/** One question and its answer, and how each event of the stream changes it. Pure. */
import { ApiError } from "@/shared/api";
import type { Feedback, MessageStatus, StoredAnswer } from "@/shared/conversation-types";
import type { AnswerEvent, Citation, Passage, RequestEvent, Trace } from "@/shared/types";

export interface Sentence {
  text: string;
  citations: Citation[];
}

export type TurnStatus =
  | "asking"
  | "answering"
  | "done"
  | "abstained"
  | "stopped"
  | "failed"
  /** The worker that wrote it died. */
  | "interrupted";

export interface TurnError {
  message: string;
  code: string;
  /** When asking again can help, where the server said it. */
  retry_at?: string | null;
}

/** Where a turn stands among the messages of its conversation; null where it is in none, or not yet. */
export interface Place {
  /** The message that the question follows; null for a first question. */
  parent: string | null;
  question: string | null;
  answer: string | null;
  /** The question and its rewordings, the answer and its siblings, oldest first. */
  questions: string[];
  answers: string[];
}

export interface Turn {
  id: string;
  place: Place;
  question: string;
  /** null: plain conversation with a model, no documents. */
  collection: string | null;
  model: string;
  status: TurnStatus;
  sentences: Sentence[];
  /** Text of a model that answers without documents: Markdown, never trusted. */
  plain: string;
  passages: Passage[];
  confidence: number | null;
  abstention: { message: string; searched: string[]; closest: Passage[] } | null;
  notices: string[];
  /** Route, cache, tools and settlement, as they came. */
  events: RequestEvent[];
  error: TurnError | null;
  trace: Trace | null;
  /** Whether plain keyword search is shown beside the answer. */
  compare: boolean;
  asked_at: string;
  ms: number | null;
  /** The connection was lost; the answer goes on, and is found again. */
  lost: boolean;
  /** How long it waited for its turn. */
  queue_ms: number | null;
  feedback: Feedback | null;
}

export const NOWHERE: Place = { parent: null, question: null, answer: null, questions: [], answers: [] };

export function newTurn(
  id: string,
  question: string,
  { collection, model, compare }: Pick<Turn, "collection" | "model" | "compare">,
  place: Place = NOWHERE,
): Turn {
  return {
    id,
    place,
    question,
    collection,
    model,
    compare,
    status: "asking",
    sentences: [],
    plain: "",
    passages: [],
    confidence: null,
    abstention: null,
    notices: [],
    events: [],
    error: null,
    trace: null,
    asked_at: new Date().toISOString(),
    ms: null,
    lost: false,
    queue_ms: null,
    feedback: null,
  };
}

/** The turn before its answer began. */
export function emptied(turn: Turn): Turn {
  const { id, question, place, asked_at, feedback } = turn;
  return { ...newTurn(id, question, turn, place), asked_at, feedback };
}

export function isLive(turn: Turn): boolean {
  return turn.status === "asking" || turn.status === "answering";
}

/** What the stream of a stored answer says of the answer as a whole. */
export type StoredEvent =
  /** Where it is: first of all. */
  | { type: "started"; conversation: string; question: string; message: string }
  /** Its text so far, in place of every piece before: where the pieces are not kept any more. */
  | { type: "stored"; status: MessageStatus; answer: StoredAnswer | null }
  /** Somebody stopped it: this is its end. */
  | { type: "stopped" };

/** One `data:` object of the stream: ours in `answerable`, else plain text of a model. */
export interface StreamChunk {
  choices?: { delta?: { content?: string | null } }[];
  answerable?: AnswerEvent | StoredEvent;
}

export function applyChunk(turn: Turn, chunk: StreamChunk): Turn {
  if (chunk.answerable) return applyEvent(turn, chunk.answerable);
  const content = chunk.choices?.[0]?.delta?.content;
  return content ? { ...turn, status: "answering", plain: turn.plain + content } : turn;
}

export function applyEvent(turn: Turn, event: AnswerEvent | StoredEvent): Turn {
  switch (event.type) {
    case "started":
      return { ...turn, place: { ...turn.place, question: event.question, answer: event.message } };
    case "stopped":
      return { ...turn, status: "stopped", lost: false };
    case "retrieved":
      return { ...turn, passages: event.passages ?? [], confidence: event.confidence ?? null };
    case "sentence": {
      const sentence = { text: event.text, citations: renumber(turn, event.citations ?? []) };
      return { ...turn, status: "answering", sentences: [...turn.sentences, sentence] };
    }
    case "abstained": {
      const { message, searched = [], closest = [] } = event;
      return { ...turn, status: "abstained", sentences: [], abstention: { message, searched, closest } };
    }
    case "explained":
      return { ...turn, trace: event.trace };
    case "notice":
      return { ...turn, notices: [...turn.notices, event.text] };
    case "routed":
    case "cache_hit":
    case "tool_ran":
    case "settled":
      return { ...turn, events: [...turn.events, event] };
    default:
      return turn; // an event of a newer server
  }
}

/** Where the answer's documents are: also those that answered a plain conversation because no model could. */
export function collectionOf({ collection, passages, abstention }: Turn): string {
  return collection ?? passages[0]?.collection ?? abstention?.searched[0] ?? "";
}

/** Footnotes count 1, 2, 3 as they appear, whatever numbers the passages had among all that were read. */
function renumber(turn: Turn, citations: Citation[]): Citation[] {
  const shown = citedPassages(turn);
  return citations.map((citation) => {
    const passage = citation.number;
    const number = shown.get(passage) ?? shown.size + 1;
    shown.set(passage, number);
    return { ...citation, passage, number };
  });
}

export function finish(turn: Turn, ms: number | null): Turn {
  return { ...turn, status: turn.status === "abstained" ? "abstained" : "done", ms, lost: false };
}

/** The code that a stream ends with when the worker that wrote it died. */
const INTERRUPTED = "interrupted";

export function failTurn(turn: Turn, error: unknown): Turn {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ApiError ? error.code : "client";
  if (code === INTERRUPTED) return { ...turn, status: "interrupted", lost: false };
  return { ...turn, status: "failed", lost: false, error: { message, code, retry_at: retryAt(error) } };
}

function retryAt(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.retryAfterS === null) return null;
  return new Date(Date.now() + error.retryAfterS * 1000).toISOString();
}

/** The answer as plain text, with its numbers on request. */
export function answerText(turn: Turn, numbered = false): string {
  if (turn.abstention) return turn.abstention.message;
  if (turn.sentences.length === 0) return turn.plain;
  return turn.sentences
    .map(({ text, citations }) => {
      const numbers = numbered ? citationNumbers(citations).map((number) => ` [${number}]`) : [];
      return text + numbers.join("");
    })
    .join("")
    .trim();
}

export function citationNumbers(citations: Citation[]): number[] {
  return [...new Set(citations.map((citation) => citation.number))].sort((a, b) => a - b);
}

/** The sources that the answer really cites, by number: the first citation stands for each. */
export function citedSources(turn: Turn): Citation[] {
  const byNumber = new Map<number, Citation>();
  for (const { citations } of turn.sentences) {
    for (const citation of citations) {
      if (!byNumber.has(citation.number)) byNumber.set(citation.number, citation);
    }
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** The passages that were cited: their number among all that were read → their number in the answer. */
export function citedPassages(turn: Turn): Map<number, number> {
  const citations = turn.sentences.flatMap((sentence) => sentence.citations);
  return new Map(citations.map(({ passage, number }) => [passage ?? number, number]));
}

/** What the address calls a turn whose reasons are shown: it holds after a reload too. */
export function whyId({ id, place }: Turn): string {
  return place.answer ?? id;
}

/** The answer with its sources, for the clipboard. */
export function copyText(turn: Turn): string {
  const sources = citedSources(turn).map(
    ({ number, title, page, source }) =>
      `[${number}] ${title}${page === null || page === undefined ? "" : `, page ${page}`} (${source})`,
  );
  return [answerText(turn, true), sources.join("\n")].filter(Boolean).join("\n\n");
}
