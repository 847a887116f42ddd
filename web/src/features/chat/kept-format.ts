/** How an older version kept a conversation, and the same as the document that the server imports. Pure. */
import type { Passage, RequestEvent } from "@/shared/types";
import type { Sentence, TurnStatus } from "./turn";

/** A turn as it lies in local storage; what came later to it may be missing. */
export interface KeptTurn {
  id: string;
  question: string;
  model: string;
  status: TurnStatus;
  asked_at: string;
  ms: number | null;
  plain: string;
  sentences: Sentence[];
  passages: Passage[];
  confidence: number | null;
  abstention: { message: string; searched: string[]; closest: Passage[] } | null;
  events?: RequestEvent[];
  error?: { code: string } | null;
}

export interface KeptConversation {
  id: string;
  title: string;
  updated_at: string;
  turns: KeptTurn[];
}

interface Exported {
  id: string;
  parent: string | null;
  role: "user" | "assistant";
  content: string;
  created_at: string;
  updated_at: string;
  status?: string;
  error?: string;
  model?: string;
  answer?: Record<string, unknown> | null;
}

export function exportOf(kept: KeptConversation[]): object[] {
  return kept.map(({ id, title, updated_at, turns }) => {
    const messages = turns.flatMap((turn, index) => messagesOf(turn, turns[index - 1]));
    return {
      format: "answerable.conversations",
      version: 1,
      id,
      origin: `browser:${id}`,
      title: title || "Without a title",
      named: true,
      leaf: messages.at(-1)?.id ?? null,
      created_at: turns[0]?.asked_at ?? updated_at,
      updated_at,
      messages,
    };
  });
}

const ENDS: Partial<Record<TurnStatus, string>> = { done: "done", abstained: "done", failed: "failed" };

function messagesOf(turn: KeptTurn, before: KeptTurn | undefined): Exported[] {
  const question = `${turn.id}-q`;
  const ended = new Date(Date.parse(turn.asked_at) + (turn.ms ?? 0)).toISOString();
  return [
    {
      id: question,
      parent: before ? before.id : null,
      role: "user",
      content: turn.question,
      created_at: turn.asked_at,
      updated_at: turn.asked_at,
    },
    {
      id: turn.id,
      parent: question,
      role: "assistant",
      // What was still being written when the page went away had been stopped.
      status: ENDS[turn.status] ?? "stopped",
      error: turn.status === "failed" ? (turn.error?.code ?? "") : "",
      model: turn.model,
      content: textOf(turn),
      answer: answerOf(turn),
      created_at: turn.asked_at,
      updated_at: ended,
    },
  ];
}

function textOf({ abstention, sentences, plain }: KeptTurn): string {
  if (abstention) return abstention.message;
  if (sentences.length === 0) return plain;
  const marked = sentences.map(({ text, citations }) => {
    const numbers = [...new Set(citations.map(({ number }) => number))];
    return text + numbers.map((number) => ` [${number}]`).join("");
  });
  return marked.join("").trim();
}

/** What is said of an answer beside its text, as the server collects it. */
function answerOf(turn: KeptTurn): Record<string, unknown> | null {
  const { abstention, sentences, passages, confidence, events = [] } = turn;
  const of = (type: RequestEvent["type"]) =>
    events.filter((event) => event.type === type).map(({ type: _, ...rest }) => rest);
  const settled = of("settled").at(-1);
  const told = {
    ...(sentences.length > 0 ? { abstained: false, sentences, passages, confidence } : {}),
    ...(abstention ? { abstained: true, ...abstention } : {}),
    ...(of("routed").length > 0 ? { route: of("routed").at(-1) } : {}),
    ...(of("cache_hit").length > 0 ? { cache: of("cache_hit").at(-1) } : {}),
    ...(of("tool_ran").length > 0 ? { tools: of("tool_ran") } : {}),
    ...(settled && "cost_usd" in settled ? { cost_usd: settled.cost_usd } : {}),
  };
  return Object.keys(told).length > 0 ? told : null;
}
