/** How one's limits stood at the last answer: the server tells it in the headers of every answer and refusal. */
import { Store } from "./store";

export interface Limit {
  /** Whose it is and what it counts: "user-requests". */
  name: string;
  unit: "requests" | "tokens" | "concurrent";
  limit: number;
  remaining: number;
  /** null where nothing comes back by time alone. */
  window_s: number | null;
}

export interface Limits {
  at: string;
  list: Limit[];
}

/** null until something was asked since the page was loaded. */
export const limits = new Store<Limits | null>(null);

/** Keeps what a reply says of limits, if it does. */
export function noteLimits(headers: Headers): void {
  const list = limitsOf(headers.get("ratelimit-policy") ?? "", headers.get("ratelimit") ?? "");
  if (list.length > 0) limits.set({ at: new Date().toISOString(), list });
}

/** The two headers of draft-ietf-httpapi-ratelimit-headers put together, by name. */
export function limitsOf(policy: string, state: string): Limit[] {
  const states = new Map(items(state).map((item) => [item.name, item.fields]));
  return items(policy).flatMap(({ name, fields }) => {
    const remaining = states.get(name)?.get("r");
    const quota = fields.get("q");
    if (remaining === undefined || quota === undefined) return [];
    const window = fields.get("w");
    return [
      {
        name,
        unit: unitOf(fields.get("qu")),
        limit: Number(quota),
        remaining: Number(remaining),
        window_s: window === undefined ? null : Number(window),
      },
    ];
  });
}

function unitOf(word: string | undefined): Limit["unit"] {
  if (word === "tokens") return "tokens";
  return word === "concurrent-requests" ? "concurrent" : "requests";
}

/** `"a";q=1;w=60, "b";q=2` as names with their fields. */
function items(text: string): { name: string; fields: Map<string, string> }[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean)
    .map((item) => {
      const [name = "", ...fields] = item.split(";");
      const pairs = fields.map((field): [string, string] => {
        const at = field.indexOf("=");
        return [field.slice(0, at).trim(), bare(field.slice(at + 1))];
      });
      return { name: bare(name), fields: new Map(pairs) };
    });
}

function bare(text: string): string {
  return text.trim().replace(/^"|"$/g, "");
}
