/** Documents in memory: blocks, chunks and a word-count search. Development only. */
import { HANDBOOK, MANUAL } from "./corpus.ts";

export interface Item {
  id: string;
  collection: string;
  source: string;
  title: string;
  texts: string[];
  times: string[];
  embedded: number;
}

interface MockBlock {
  start: number;
  end: number;
  kind: string;
  page: number | null;
  heading_path: string[];
}

const STOP = new Set(
  "a an and are at be by can do does for from how i in is it of on or the to was what when which who why will with".split(
    " ",
  ),
);

export function words(text: string): string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? [])
    .filter((word) => !STOP.has(word))
    .map((word) => word.replace(/s$/, ""));
}

function clean(text: string): string {
  return text.replace(/^#+ /gm, "");
}

export class MockLibrary {
  names = new Map<string, string[]>([
    [
      "handbook",
      [
        "When can I ask about a new document?",
        "What happens to a sentence that is not supported?",
        "Which file formats can be read?",
      ],
    ],
    ["home-manuals", ["How often must the valve in the kitchen be bled?"]],
  ]);
  items: Item[] = [];
  private readonly began = Date.now();

  constructor() {
    for (const [collection, pages] of [
      ["handbook", HANDBOOK],
      ["home-manuals", MANUAL],
    ] as const) {
      for (const { source, title, texts } of pages) {
        for (const text of texts) this.store(collection, source, title, text);
      }
    }
    for (const item of this.items) item.embedded = Number.POSITIVE_INFINITY;
    for (let index = 1; index <= 130; index += 1) {
      this.store(
        "home-manuals",
        `manuals/note-${index}.txt`,
        `Service note ${index}`,
        `Filter ${index} was changed on day ${index}.`,
      );
    }
  }

  store(collection: string, source: string, title: string, text: string) {
    if (text.trim() === "") {
      return {
        source,
        status: "failed",
        document: null,
        error: { message: "The file is empty.", code: "unreadable_document" },
      };
    }
    const known = this.items.find((item) => item.collection === collection && item.source === source);
    const now = new Date(Date.now() - (known ? 0 : 3_600_000)).toISOString();
    if (known && known.texts.at(-1) === text)
      return { source, status: "unchanged", document: this.document(known), error: null };
    if (known) {
      known.texts.push(text);
      known.times.push(now);
      return { source, status: "updated", document: this.document(known), error: null };
    }
    const item: Item = {
      id: `d${this.items.length + 1}`,
      collection,
      source,
      title,
      texts: [text],
      times: [now],
      embedded: 0,
    };
    this.items.push(item);
    return { source, status: "added", document: this.document(item), error: null };
  }

  private blocks(item: Item, version: number): { text: string; blocks: MockBlock[] } {
    const blocks: MockBlock[] = [];
    let text = "";
    let path: string[] = [];
    for (const part of (item.texts[version - 1] ?? "").split("\n\n")) {
      const depth = /^#+/.exec(part)?.[0].length ?? 0;
      if (depth > 0) path = [...path.slice(0, depth - 1), clean(part)];
      const kind = depth > 0 ? "heading" : part.startsWith("|") ? "table" : "prose";
      const page = item.source.endsWith(".pdf") ? 1 + Math.floor(blocks.length / 7) : null;
      if (text) text += "\n\n";
      blocks.push({
        start: text.length,
        end: text.length + clean(part).length,
        kind,
        page,
        heading_path: path,
      });
      text += clean(part);
    }
    return { text, blocks };
  }

  text(item: Item, version: number) {
    return { document_id: item.id, version, title: item.title, ...this.blocks(item, version) };
  }

  chunks(item: Item, version: number) {
    const { text, blocks } = this.blocks(item, version);
    const prose = blocks.filter(({ kind }) => kind !== "heading");
    return prose.map(({ start, end, kind, page, heading_path }, ordinal) => ({
      id: `${item.id}-${version}-${ordinal}`,
      ordinal,
      start,
      end,
      text: text.slice(start, end),
      header: [item.title, ...heading_path].join(" › "),
      page,
      heading_path,
      kind,
      tokens: Math.round((end - start) / 4.2),
      embedded: ordinal < this.embeddedOf(item),
    }));
  }

  private embeddedOf(item: Item): number {
    return (
      item.embedded + Math.floor(Math.max(0, Date.now() - this.began - this.items.indexOf(item) * 100) / 400)
    );
  }

  document(item: Item) {
    const version = item.texts.length;
    const chunks = this.chunks(item, version);
    const embedded = chunks.filter((chunk) => chunk.embedded).length;
    return {
      id: item.id,
      collection: item.collection,
      source: item.source,
      title: item.title,
      media_type: item.source.endsWith(".pdf") ? "application/pdf" : "text/markdown",
      status: embedded === chunks.length ? "embedded" : "searchable",
      version,
      versions: version,
      chunks: chunks.length,
      embedded_chunks: embedded,
      size_chars: (item.texts.at(-1) ?? "").length,
      created_at: item.times[0],
      updated_at: item.times.at(-1),
      metadata: item.source.endsWith(".pdf") ? { author: "Nordheim Works", year: 2025 } : {},
      warnings: item.source.endsWith(".pdf") ? ["Page 3 has an image without text."] : [],
    };
  }

  versions(item: Item) {
    return item.texts.map((text, index) => ({
      id: `${item.id}-v${index + 1}`,
      number: index + 1,
      valid_from: item.times[index],
      valid_to: item.times[index + 1] ?? null,
      chunks: this.chunks(item, index + 1).length,
      size_chars: text.length,
    }));
  }

  collections() {
    return [...this.names].map(([name, examples]) => {
      const documents = this.items
        .filter(({ collection }) => collection === name)
        .map((item) => this.document(item));
      const chunks = documents.reduce((sum, { chunks }) => sum + chunks, 0);
      const embedded = documents.reduce((sum, { embedded_chunks }) => sum + embedded_chunks, 0);
      const updated =
        documents
          .map(({ updated_at }) => updated_at)
          .toSorted()
          .at(-1) ?? null;
      return {
        name,
        documents: documents.length,
        chunks,
        embedded_chunks: embedded,
        pending_chunks: chunks - embedded,
        updated_at: updated,
        embedder: "minilm-l6-v2",
        chunker: { kind: "semantic" },
        examples,
      };
    });
  }

  progress(name: string) {
    const found = this.collections().find((collection) => collection.name === name);
    const pending = found?.pending_chunks ?? 0;
    return {
      pending,
      done: found?.embedded_chunks ?? 0,
      rate_per_s: pending ? 2.5 : 0,
      eta_s: pending ? pending / 2.5 : null,
    };
  }

  search(collection: string, query: string) {
    const wanted = new Set(words(query));
    return this.items
      .filter((item) => item.collection === collection)
      .flatMap((item) =>
        this.chunks(item, item.texts.length).map((chunk) => {
          const here = new Set(words(`${chunk.text} ${chunk.heading_path.at(-1) ?? ""}`));
          const score = [...wanted].filter((word) => here.has(word)).length / Math.max(1, wanted.size);
          return {
            chunk_id: chunk.id,
            document_id: item.id,
            version_id: `${item.id}-v${item.texts.length}`,
            version: item.texts.length,
            title: item.title,
            source: item.source,
            text: chunk.text,
            start: chunk.start,
            end: chunk.end,
            page: chunk.page,
            heading_path: chunk.heading_path,
            score,
          };
        }),
      )
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score);
  }
}
