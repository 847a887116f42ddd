/** What an error means for the one who asked: what happened, what to do, and whether asking again can help. Pure. */
import { capitalised } from "@/shared/format";
import type { TurnError } from "./turn";

export interface Refusal {
  what: string;
  why: string;
  /** What to do. */
  hint: string;
  /** Asking the same again cannot help: other words, another model or somebody else can. */
  final: boolean;
  /** Not before this moment. */
  notBefore: string | null;
}

interface Kind {
  what: string;
  hint: string;
  final?: boolean;
}

const KINDS: Record<string, Kind> = {
  content_filter: {
    what: "This message was not sent to a model.",
    hint: "Edit it: say plainly what you want to know, without instructions to the model about its rules, and without secrets or data about people.",
    final: true,
  },
  rate_limit_exceeded: { what: "Too many questions for the moment.", hint: "" },
  insufficient_quota: {
    what: "The budget does not cover this question.",
    hint: "Choose a model that costs less, or ask whoever runs this server.",
    final: true,
  },
  request_too_large: {
    what: "This conversation is too long for one request.",
    hint: "Ask in fewer words, or in a new chat: earlier questions and answers are sent along.",
    final: true,
  },
  model_not_found: {
    what: "This model is not here.",
    hint: "Choose another one below the question.",
    final: true,
  },
  permission_denied: {
    what: "You may not ask this.",
    hint: "Choose another model or collection, or ask whoever runs this server.",
    final: true,
  },
  guard_unavailable: { what: "The message could not be checked, so it was not sent.", hint: "" },
  all_routes_failed: { what: "No language model could answer.", hint: "" },
  overloaded: { what: "More was asked than the server can answer now.", hint: "" },
  storage_down: { what: "The server's database is away.", hint: "Nothing that was said is lost." },
  answer_running: {
    what: "The answer before this one is still being given.",
    hint: "Wait for its end, or stop it.",
  },
};

/** In place of the message, which is not stored with an answer. */
const REASONS: Record<string, string> = {
  provider_busy: "The model had too much to do.",
  provider_timeout: "The model did not answer in time.",
  provider_down: "The model could not be reached.",
  provider_refused: "The model refused the request.",
  stream_broken: "The connection to the model was lost.",
  all_routes_failed: "Every model that could be asked failed.",
  content_filter: "A guard held it back.",
  rate_limit_exceeded: "A limit was reached.",
  insufficient_quota: "A budget was used up.",
  storage_down: "The database was away.",
  overloaded: "More was asked than the server could answer.",
};

const WAITING = /;? ?(please )?try again in [\d.,]+ ?s\.?$/i;
/** A failure of a model begins with its name, which is written as it is. */
const MODEL = /^[^\s:]+: /;
const WHERE = /^messages\[\d+\](\.content)?(\[\d+\])?/;

/** `begun`: a part of the answer can be seen already. */
export function refusalOf({ code, message, retry_at }: TurnError, begun: boolean): Refusal {
  const kind = KINDS[code];
  const broke = begun || (code === "content_filter" && /^the answer/i.test(message));
  const told = message || REASONS[code] || `All that is known of the reason is its code, ${code}.`;
  const plain = told.replace(WHERE, "your message").replace(WAITING, "");
  const why = MODEL.test(plain) ? plain : capitalised(plain);
  return {
    what: broke ? "The answer broke off." : (kind?.what ?? "This question could not be answered."),
    why: /[.!?]$/.test(why) ? why : `${why}.`,
    hint: broke ? "" : (kind?.hint ?? ""),
    final: kind?.final === true && !broke,
    notBefore: retry_at ?? null,
  };
}

/** "at 14:05:36", with the day when it is another one. */
export function moment(iso: string, now: Date = new Date()): string {
  const then = new Date(iso);
  if (then.toDateString() === now.toDateString())
    return `at ${then.toLocaleTimeString("en", { hour12: false })}`;
  return `on ${then.toLocaleString("en", { dateStyle: "medium", timeStyle: "short", hour12: false })}`;
}
