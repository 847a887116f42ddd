/** The API in a few hundred lines of memory, for working on the pages without a server. Development only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { ACCOUNT_ROUTES, isLockedOut, refuse } from "./mock-accounts.ts";
import { answer } from "./mock-answer.ts";
import { type Item, MockLibrary } from "./mock-library.ts";

/** The policy that the real server sends: the built pages must work under it. */
const POLICY =
  "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

type Handler = (context: {
  library: MockLibrary;
  parts: string[];
  query: URLSearchParams;
  body: Buffer;
  request: IncomingMessage;
  reply: ServerResponse;
}) => unknown;

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

function json(reply: ServerResponse, body: unknown, status = 200): void {
  reply.writeHead(status, { "content-type": "application/json" });
  reply.end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function itemOf(library: MockLibrary, collection: string, id: string): Item {
  const item = library.items.find((candidate) => candidate.collection === collection && candidate.id === id);
  if (!item) throw new Refusal(404, "There is no such document.", "not_found");
  return item;
}

/** Enough of multipart for text files: name and content of each part. */
function multipart(body: Buffer, type: string): { name: string; text: string }[] {
  const border = /boundary=(.+)$/.exec(type)?.[1] ?? "";
  return body
    .toString("utf8")
    .split(`--${border}`)
    .flatMap((part) => {
      const name = /filename="([^"]*)"/.exec(part)?.[1];
      const at = part.indexOf("\r\n\r\n");
      return name ? [{ name, text: part.slice(at + 4).replace(/\r\n$/, "") }] : [];
    });
}

function addDocuments({ library, parts, body, request, reply }: Parameters<Handler>[0]): void {
  const type = request.headers["content-type"] ?? "";
  const collection = parts[0] ?? "";
  if (type.startsWith("multipart/")) {
    const data = multipart(body, type).map(({ name, text }) => library.store(collection, name, name, text));
    setTimeout(() => json(reply, { object: "list", data }), 500);
    return;
  }
  const {
    url = "",
    title = "",
    text,
    source = title,
  } = JSON.parse(body.toString()) as Record<string, string>;
  if (text) {
    json(reply, { object: "list", data: [library.store(collection, source, title, text)] });
    return;
  }
  const failed = url.includes("127.0.0.1");
  const data = failed
    ? [
        {
          source: url,
          status: "failed",
          document: null,
          error: { message: "This address is private.", code: "blocked" },
        },
      ]
    : [library.store(collection, url, new URL(url).hostname, `A page fetched from ${url}.`)];
  json(reply, { object: "list", data });
}

const ROUTES: [string, RegExp, Handler][] = [
  ...ACCOUNT_ROUTES,
  ["GET", /^\/health\/ready$/, ({ reply }) => json(reply, { status: "ready" })],
  [
    "GET",
    /^\/v1\/models$/,
    ({ reply }) =>
      json(reply, {
        object: "list",
        data: ["extractive", "local-llama", "minilm-l6-v2"].map((id) => ({ id, object: "model" })),
      }),
  ],
  [
    "GET",
    /^\/v1\/collections$/,
    ({ library, reply }) => json(reply, { object: "list", data: library.collections() }),
  ],
  [
    "POST",
    /^\/v1\/collections$/,
    ({ library, body, reply }) => {
      const { name } = JSON.parse(body.toString()) as { name: string };
      if (library.names.has(name))
        throw new Refusal(409, `There already is a collection named ${name}.`, "conflict");
      library.names.set(name, []);
      json(
        reply,
        library.collections().find((collection) => collection.name === name),
        201,
      );
    },
  ],
  [
    "DELETE",
    /^\/v1\/collections\/([^/]+)$/,
    ({ library, parts, reply }) => {
      library.names.delete(parts[0] ?? "");
      library.items = library.items.filter(({ collection }) => collection !== parts[0]);
      reply.writeHead(204).end();
    },
  ],
  [
    "GET",
    /^\/v1\/collections\/([^/]+)\/documents$/,
    ({ library, parts, query, reply }) => {
      const q = (query.get("q") ?? "").toLowerCase();
      const all = library.items.filter(
        ({ collection, title, source }) =>
          collection === parts[0] && `${title} ${source}`.toLowerCase().includes(q),
      );
      const from = Number(query.get("after") ?? 0);
      const to = from + Number(query.get("limit") ?? 100);
      const data = all.slice(from, to).map((item) => library.document(item));
      const more = to < all.length;
      json(reply, { object: "list", data, has_more: more, next: more ? String(to) : null });
    },
  ],
  ["POST", /^\/v1\/collections\/([^/]+)\/documents$/, addDocuments],
  [
    "GET",
    /^\/v1\/collections\/([^/]+)\/progress$/,
    ({ library, parts, reply }) => json(reply, library.progress(parts[0] ?? "")),
  ],
  [
    "POST",
    /^\/v1\/collections\/([^/]+)\/search$/,
    ({ library, parts, body, reply }) => {
      const { query, k } = JSON.parse(body.toString()) as { query: string; k: number };
      json(reply, { object: "list", data: library.search(parts[0] ?? "", query).slice(0, k) });
    },
  ],
  [
    "GET",
    /^\/v1\/collections\/([^/]+)\/documents\/([^/]+)$/,
    ({ library, parts, reply }) =>
      json(reply, library.document(itemOf(library, parts[0] ?? "", parts[1] ?? ""))),
  ],
  [
    "DELETE",
    /^\/v1\/collections\/([^/]+)\/documents\/([^/]+)$/,
    ({ library, parts, reply }) => {
      const gone = itemOf(library, parts[0] ?? "", parts[1] ?? "");
      library.items = library.items.filter((item) => item !== gone);
      reply.writeHead(204).end();
    },
  ],
  [
    "GET",
    /^\/v1\/collections\/([^/]+)\/documents\/([^/]+)\/(versions|text|chunks)$/,
    ({ library, parts, query, reply }) => {
      const item = itemOf(library, parts[0] ?? "", parts[1] ?? "");
      const version = Number(query.get("version") ?? item.texts.length);
      if (parts[2] === "versions") return json(reply, { data: library.versions(item) });
      if (parts[2] === "chunks") return json(reply, { data: library.chunks(item, version) });
      return json(reply, library.text(item, version));
    },
  ],
  [
    "POST",
    /^\/v1\/chat\/completions$/,
    ({ library, body, reply }) => answer(library, JSON.parse(body.toString()), reply),
  ],
];

export function mockServer(): Plugin {
  const library = new MockLibrary();
  const middleware: Connect.NextHandleFunction = (request, reply, next) => {
    const url = new URL(request.url ?? "/", "http://mock");
    const route = ROUTES.find(([method, pattern]) => method === request.method && pattern.test(url.pathname));
    if (!route) {
      if (url.pathname.startsWith("/v1"))
        return json(reply, { error: { message: "No such path.", code: "not_found" } }, 404);
      return next();
    }
    if (!url.pathname.startsWith("/v1/auth/") && url.pathname.startsWith("/v1/") && isLockedOut(request))
      return refuse(reply, "sign in, or send an API key");
    const parts = (route[1].exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
    read(request)
      .then((body) => route[2]({ library, parts, query: url.searchParams, body, request, reply }))
      .catch((error: unknown) => {
        const { status = 500, code = "mock" } = error as Partial<Refusal>;
        json(reply, { error: { message: String((error as Error).message), code } }, status);
      });
  };
  return {
    name: "mock-server",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => {
      server.middlewares.use((_request, reply, next) => {
        reply.setHeader("content-security-policy", POLICY);
        next();
      });
      server.middlewares.use(middleware);
    },
  };
}
