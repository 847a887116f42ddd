/** Accounts for working on their pages: ANSWERABLE_MOCK_ACCOUNTS=1, then ann@example.org or bo@example.org with the
 * password "open sesame". Development only. */
import type { IncomingMessage, ServerResponse } from "node:http";

const PEOPLE = ["Ann Lee", "Bo Ek"].map((name, index) => ({
  id: `usr_${index + 1}`,
  email: `${name.split(" ")[0]?.toLowerCase()}@example.org`,
  name,
  role: index === 0 ? "admin" : "member",
  tier: index === 0 ? "pro" : "free",
  workspace: "default",
}));
const PASSWORD = "open sesame";
const SCOPES = ["chat", "embeddings", "knowledge.read", "knowledge.write"];
const HOUR_MS = 3_600_000;

const keys = [
  { id: "key_1", name: "nightly report", scopes: SCOPES, days: 90, used: true },
  { id: "key_2", name: "website search box", scopes: ["knowledge.read"], days: null, used: false },
].map(({ id, name, scopes, days, used }) => ({
  id,
  name,
  scopes,
  created_at: new Date(Date.now() - 70 * HOUR_MS).toISOString(),
  expires_at: days === null ? null : new Date(Date.now() + days * 24 * HOUR_MS).toISOString(),
  last_used_at: used ? new Date(Date.now() - HOUR_MS).toISOString() : null,
}));

const NOTHING = { cached: 0, unsuccessful: 0, prompt_tokens: 0, completion_tokens: 0, unpriced: 0 };
const MODELS = [
  {
    ...NOTHING,
    model: "gpt-4o-mini",
    requests: 1100,
    prompt_tokens: 912_400,
    completion_tokens: 204_118,
    cost_usd: "3.4712",
  },
  { ...NOTHING, model: "extractive", requests: 150, cost_usd: "0", cached: 40 },
  {
    ...NOTHING,
    model: "local-llama",
    requests: 34,
    prompt_tokens: 20_400,
    completion_tokens: 8_050,
    cost_usd: null,
    unpriced: 34,
  },
];
const DAYS = Array.from({ length: 30 }, (_, back) => ({
  ...NOTHING,
  day: new Date(Date.now() - (29 - back) * 24 * HOUR_MS).toISOString().slice(0, 10),
  requests: (back * 37) % 90,
  prompt_tokens: ((back * 37) % 90) * 700,
  completion_tokens: ((back * 37) % 90) * 160,
  cost_usd: (((back * 37) % 90) * 0.0027).toFixed(4),
  unpriced: back % 9 === 4 ? 3 : 0,
}));

function usage(by: string) {
  return {
    object: "usage",
    by,
    since: new Date(Date.now() - 30 * 24 * HOUR_MS).toISOString(),
    until: new Date().toISOString(),
    data: by === "model" ? MODELS : DAYS,
    total: {
      ...NOTHING,
      requests: 1284,
      cached: 40,
      prompt_tokens: 932_800,
      completion_tokens: 212_168,
      cost_usd: "3.4712",
      unpriced: 34,
    },
  };
}

interface Context {
  query: URLSearchParams;
  parts: string[];
  body: Buffer;
  request: IncomingMessage;
  reply: ServerResponse;
}

/** Whether accounts are on, and nobody has signed in. */
export function isLockedOut(request: IncomingMessage): boolean {
  return process.env.ANSWERABLE_MOCK_ACCOUNTS === "1" && personOf(request) === undefined;
}

function personOf(request: IncomingMessage) {
  const id = /answerable=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  return PEOPLE.find((person) => person.id === id);
}

function json(reply: ServerResponse, body: unknown, status = 200, headers = {}): void {
  reply.writeHead(status, { "content-type": "application/json", ...headers });
  reply.end(body === undefined ? undefined : JSON.stringify(body));
}

export function refuse(reply: ServerResponse, message: string, status = 401): void {
  json(reply, { error: { message, code: "invalid_api_key" } }, status);
}

export const ACCOUNT_ROUTES: [string, RegExp, (context: Context) => unknown][] = [
  [
    "POST",
    /^\/v1\/auth\/sign-in$/,
    ({ body, reply }) => {
      const { email, password } = JSON.parse(body.toString()) as Record<string, string>;
      const person = PEOPLE.find((one) => one.email === email && password === PASSWORD);
      if (!person) return refuse(reply, "the e-mail address or the password is wrong");
      return json(reply, { user: person }, 200, {
        "set-cookie": `answerable=${person.id}; Path=/; HttpOnly`,
      });
    },
  ],
  ["POST", /^\/v1\/auth\/refresh$/, ({ reply }) => refuse(reply, "there is no refresh token: sign in")],
  [
    "POST",
    /^\/v1\/auth\/sign-out$/,
    ({ reply }) => json(reply, undefined, 204, { "set-cookie": "answerable=; Path=/; Max-Age=0" }),
  ],
  [
    "POST",
    /^\/v1\/auth\/password$/,
    ({ body, request, reply }) => {
      const { old_password } = JSON.parse(body.toString()) as Record<string, string>;
      if (old_password !== PASSWORD) return refuse(reply, "the old password is wrong", 403);
      return json(reply, { user: personOf(request) });
    },
  ],
  [
    "GET",
    /^\/v1\/me$/,
    ({ request, reply }) => {
      const user = personOf(request) ?? null;
      json(reply, {
        ...(user ?? { id: "owner", role: "admin", tier: "enterprise", workspace: "default" }),
        scopes: SCOPES,
        actions: [],
        user,
      });
    },
  ],
  ["GET", /^\/v1\/me\/keys$/, ({ reply }) => json(reply, { object: "list", data: keys })],
  [
    "POST",
    /^\/v1\/me\/keys$/,
    ({ body, reply }) => {
      const {
        name,
        scopes = SCOPES,
        days,
      } = JSON.parse(body.toString()) as {
        name: string;
        scopes?: string[];
        days?: number;
      };
      const made = {
        id: `key_${keys.length + 1}`,
        name,
        scopes,
        created_at: new Date().toISOString(),
        expires_at: days === undefined ? null : new Date(Date.now() + days * 24 * HOUR_MS).toISOString(),
        last_used_at: null,
      };
      keys.unshift(made);
      json(reply, { ...made, key: `ak_${"0123456789abcdef".repeat(4)}` }, 201);
    },
  ],
  [
    "DELETE",
    /^\/v1\/me\/keys\/([^/]+)$/,
    ({ parts, reply }) => {
      const at = keys.findIndex(({ id }) => id === parts[0]);
      if (at !== -1) keys.splice(at, 1);
      reply.writeHead(204).end();
    },
  ],
  ["GET", /^\/v1\/usage$/, ({ query, reply }) => json(reply, usage(query.get("by") ?? "day"))],
];
