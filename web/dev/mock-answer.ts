/** Answers in the wire format of the real server, from a word-count search. Development only. */
import type { ServerResponse } from "node:http";
import { type MockLibrary, words } from "./mock-library.ts";

interface Ask {
  model: string;
  collection?: string;
  explain?: boolean;
  messages: { role: string; content: string }[];
}

const PAUSE_MS = 220;
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

function sentencesOf(text: string): { text: string; start: number; end: number }[] {
  return [...text.matchAll(/[^.]+\.(?=\s|$)/g)].map((match) => {
    const lead = match[0].length - match[0].trimStart().length;
    return { text: match[0].trim(), start: match.index + lead, end: match.index + match[0].length };
  });
}

export async function answer(library: MockLibrary, request: Ask, reply: ServerResponse): Promise<void> {
  const question = request.messages.at(-1)?.content ?? "";
  if (question.includes("fail now")) {
    reply.writeHead(503, { "content-type": "application/json" });
    reply.end(
      JSON.stringify({
        error: { message: "The model is busy.", type: "upstream_error", code: "provider_busy" },
      }),
    );
    return;
  }
  reply.writeHead(200, { "content-type": "text/event-stream" });
  const send = (body: unknown) =>
    reply.write(`data: ${typeof body === "string" ? body : JSON.stringify(body)}\n\n`);
  const event = (answerable: unknown, content?: string) =>
    send({
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: content ? { content } : {} }],
      answerable,
    });
  for (const one of onTheWay(question, request.model)) {
    event(one);
    await pause(PAUSE_MS);
  }
  await pause(PAUSE_MS);
  if (!request.collection) {
    for (const part of [
      "This is **plain** chat",
      " without documents.\n\n",
      "- one\n- two\n\n",
      "<img src=x onerror=alert(1)> [link](https://example.org)",
    ]) {
      send({ choices: [{ delta: { content: part } }] });
      await pause(PAUSE_MS);
    }
    event(settled(question, request.model));
    send("[DONE]");
    reply.end();
    return;
  }
  const passages = library
    .search(request.collection, question)
    .slice(0, 8)
    .map((hit, index) => ({ number: index + 1, ...hit }));
  const best = passages[0]?.score ?? 0;
  const wanted = new Set(words(question));
  const picked = passages
    .slice(0, 4)
    .flatMap((passage) => sentencesOf(passage.text).map((sentence) => ({ passage, sentence })))
    .map((pair) => ({ ...pair, score: words(pair.sentence.text).filter((word) => wanted.has(word)).length }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 4);
  if (best < 0.5 || picked.length === 0) {
    event({
      type: "abstained",
      message: "I don't have enough information to answer this.",
      searched: [request.collection],
      closest: passages.slice(0, 3),
    });
  } else {
    event({ type: "retrieved", confidence: 0.5 + best * 0.43, collection: request.collection, passages });
    if (question.includes("quietly"))
      event({ type: "notice", text: "The usual model is busy; the extractive engine answered." });
    for (const [index, { passage, sentence }] of picked.entries()) {
      await pause(PAUSE_MS);
      const citation = {
        ...passage,
        start: passage.start + sentence.start,
        end: passage.start + sentence.end,
        quote: sentence.text,
        support: 0.97 - index * 0.04,
      };
      event(
        { type: "sentence", text: (index ? " " : "") + sentence.text, citations: [citation] },
        `${sentence.text} [${passage.number}]`,
      );
    }
    if (question.includes("break")) {
      send({ error: { message: "The stream broke.", type: "upstream_error", code: "stream_broken" } });
      reply.end();
      return;
    }
  }
  if (request.explain) event({ type: "explained", trace: trace(question, request, passages) });
  event(settled(question, request.model));
  send("[DONE]");
  reply.end();
}

/** What happens to a request before it is answered, chosen by words of the question. */
function onTheWay(question: string, model: string): object[] {
  if (question.includes("before")) return [{ type: "cache_hit", kind: "exact", similarity: 1, age_s: 754 }];
  if (question.includes("meaning"))
    return [{ type: "cache_hit", kind: "semantic", similarity: 0.9731, age_s: 5 }];
  const first = { type: "routed", model, reason: "a plain question", complexity: 2.4, confidence: 0.91 };
  if (question.includes("fall back"))
    return [
      { ...first, model: "local-llama" },
      {
        type: "routed",
        model: "extractive",
        reason: "local-llama: provider_timeout",
        fallbacks: 1,
        degraded: true,
      },
    ];
  if (question.includes("calculate"))
    return [
      first,
      {
        type: "tool_ran",
        name: "calculator",
        arguments: '{"expression": "17.5 * 24"}',
        summary: "420",
        ok: true,
        ms: 0.4,
      },
      {
        type: "tool_ran",
        name: "web_search",
        arguments: '{"query": "ferry"}',
        summary: "no service is configured",
        ok: false,
        ms: 12,
      },
    ];
  return [first];
}

function settled(question: string, model: string): object {
  const free = /before|meaning/.test(question) || model === "extractive";
  return {
    type: "settled",
    model: question.includes("fall back") ? "extractive" : model,
    usage: { prompt_tokens: 812, completion_tokens: 96, total_tokens: 908 },
    cost_usd: free ? "0" : "0.000179",
    request_id: "req_5f0c2ab94d1e",
  };
}

function trace(question: string, { collection, model }: Ask, passages: ReturnType<MockLibrary["search"]>) {
  const row = (order: number[]) =>
    order.flatMap((at, index) => {
      const hit = passages[at];
      return hit
        ? [
            {
              chunk_id: hit.chunk_id,
              rank: index + 1,
              score: 1 / (index + 1),
              title: hit.heading_path.at(-1) ?? hit.title,
            },
          ]
        : [];
    });
  return {
    question,
    rewritten: `${question} (in the handbook)`,
    collection,
    steps: [
      { name: "rewrite", ms: 0.4 },
      { name: "embed_query", ms: 6.2, detail: "minilm-l6-v2" },
      { name: "keyword", ms: 1.8, detail: { found: 40 } },
      { name: "vector", ms: 2.4, detail: { found: 40 } },
      { name: "fuse", ms: 0.3, detail: { alpha: 0.5 } },
      { name: "answer", ms: 18.9 },
      { name: "verify", ms: 4.1, detail: { sentences: 5, kept: 4 } },
    ],
    keyword: row([0, 1, 2, 3, 5, 6]),
    vector: row([1, 0, 4, 2, 7, 3]),
    fused: row([0, 1, 2, 4, 3, 5, 7, 6]).map((entry) => ({ ...entry, keyword_rank: 1, vector_rank: 2 })),
    context: passages
      .slice(0, 4)
      .map(({ chunk_id }, index) => ({ number: index + 1, chunk_id, tokens: 60 + index * 7 })),
    dropped: passages
      .slice(4)
      .map(({ chunk_id }, index) => ({ chunk_id, reason: index ? "over_budget" : "near_duplicate" })),
    confidence: { value: 0.91, threshold: 0.5, features: { top_score: 0.82, margin: 0.24, coverage: 0.9 } },
    dropped_sentences: [{ text: "It takes 40 seconds.", reason: "number_not_in_source" }],
    model,
    usage: { prompt_tokens: 812, completion_tokens: 96 },
    ms: 34.1,
  };
}
