/** Stored messages as turns: a question with the answer that follows it. Pure. */
import type { StoredAnswer, StoredMessage } from "@/shared/conversation-types";
import type { AnswerEvent } from "@/shared/types";
import { applyEvent, NOWHERE, newTurn, type Place, type Turn, type TurnStatus } from "./turn";

/** The turns of one branch. A question may lack its answer, an imported answer its question. */
export function turnsOf(messages: StoredMessage[]): Turn[] {
  const turns: Turn[] = [];
  let asked: StoredMessage | null = null;
  for (const message of messages) {
    if (message.role === "user") {
      if (asked) turns.push(unanswered(asked));
      asked = message;
    } else if (message.role === "assistant") {
      turns.push(answered(asked, message));
      asked = null;
    }
  }
  if (asked) turns.push(unanswered(asked));
  return turns;
}

function unanswered(question: StoredMessage): Turn {
  return {
    ...newTurn(
      question.id,
      question.content,
      { collection: null, model: "", compare: false },
      placeOf(question),
    ),
    status: "interrupted",
    asked_at: question.created_at,
  };
}

function answered(question: StoredMessage | null, answer: StoredMessage): Turn {
  const told = answer.answer;
  const choice = { collection: told ? collectionIn(told) : null, model: answer.model ?? "", compare: false };
  const empty = newTurn(answer.id, question?.content ?? "", choice, placeOf(question, answer));
  return {
    ...withAnswer(empty, told, answer.content),
    status: statusOf(answer),
    error: answer.error ? { message: "", code: answer.error } : null,
    asked_at: question?.created_at ?? answer.created_at,
    ms: Date.parse(answer.updated_at) - Date.parse(answer.created_at),
    feedback: answer.feedback,
  };
}

/** A turn without an answer, with one that is stored. */
export function withAnswer(empty: Turn, told: StoredAnswer | null, text: string): Turn {
  const turn = eventsOf(told ?? {}, empty.model).reduce(applyEvent, empty);
  return turn.sentences.length > 0 || turn.abstention ? turn : { ...turn, status: "answering", plain: text };
}

function placeOf(question: StoredMessage | null, answer?: StoredMessage): Place {
  return {
    ...NOWHERE,
    parent: question ? question.parent : null,
    question: question?.id ?? null,
    answer: answer?.id ?? null,
    questions: question?.versions ?? [],
    answers: answer?.versions ?? [],
  };
}

function statusOf({ status, answer }: StoredMessage): TurnStatus {
  if (status === "streaming") return "answering";
  return status === "done" && answer?.abstained ? "abstained" : status;
}

/** Where the documents of an answer are; null for an answer that used none. */
function collectionIn({ abstained, passages, searched }: StoredAnswer): string | null {
  if (abstained === undefined) return null;
  return passages?.[0]?.collection ?? searched?.[0] ?? null;
}

/** What the answer says of itself, as the events that its stream had. */
function eventsOf(told: StoredAnswer, model: string): AnswerEvent[] {
  const { confidence, passages, sentences, message, searched = [], closest = [], trace } = told;
  const events: AnswerEvent[] = [];
  if (told.cache) events.push({ type: "cache_hit", ...told.cache });
  if (told.route) events.push({ type: "routed", ...told.route });
  for (const tool of told.tools ?? []) events.push({ type: "tool_ran", ...tool });
  if (passages)
    events.push({ type: "retrieved", passages, ...(confidence === undefined ? {} : { confidence }) });
  for (const sentence of sentences ?? []) events.push({ type: "sentence", ...sentence });
  if (told.abstained) events.push({ type: "abstained", message: message ?? "", searched, closest });
  if (trace) events.push({ type: "explained", trace });
  if (told.cost_usd !== undefined)
    events.push({
      type: "settled",
      model,
      cost_usd: told.cost_usd,
      ...(told.usage ? { usage: told.usage } : {}),
      ...(told.request_id ? { request_id: told.request_id } : {}),
    });
  return events;
}
