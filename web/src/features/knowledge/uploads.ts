/** Files on their way to a collection. A store outside React: uploads go on while other pages are visited. */
import { collectionPath, errorFrom, renewSession, unreachableError } from "@/shared/api";
import { capitalised } from "@/shared/format";
import { Store } from "@/shared/store";
import type { AddResult, ListOf } from "@/shared/types";
import type { NamedFile } from "./dropped-files";

export type UploadState = "waiting" | "sending" | "reading" | AddResult["status"];

export interface Upload {
  id: number;
  collection: string;
  name: string;
  size: number;
  state: UploadState;
  /** Share of the bytes sent, 0..1. */
  sent: number;
  error: string | null;
  documentId: string | null;
  began_ms: number;
  ended_ms: number | null;
}

/** Requests at a time, and how much goes into one: 20 notes in one request are stored 7 times faster than in 20. */
const AT_ONCE = 2;
const BATCH_FILES = 16;
const BATCH_BYTES = 4_000_000;
export const uploads = new Store<Upload[]>([]);
const files = new Map<number, File>();
let lastId = 0;
let requests = 0;
let onStored: (collection: string) => void = () => undefined;

/** Whoever shows documents hears here that a collection changed. */
export function whenStored(listener: (collection: string) => void): void {
  onStored = listener;
}

function edit(ids: number[], change: (upload: Upload) => Partial<Upload>): void {
  uploads.update((all) =>
    all.map((upload) => (ids.includes(upload.id) ? { ...upload, ...change(upload) } : upload)),
  );
}

export function addFiles(collection: string, chosen: NamedFile[]): void {
  const added = chosen.map(({ file, name }): Upload => {
    lastId += 1;
    files.set(lastId, file);
    return {
      id: lastId,
      collection,
      name,
      size: file.size,
      state: "waiting",
      sent: 0,
      error: null,
      documentId: null,
      began_ms: Date.now(),
      ended_ms: null,
    };
  });
  uploads.update((all) => [...all, ...added]);
  startNext();
}

export function retry(id: number): void {
  edit([id], () => ({ state: "waiting", sent: 0, error: null, began_ms: Date.now(), ended_ms: null }));
  startNext();
}

export function isBusy({ state }: Upload): boolean {
  return state === "waiting" || state === "sending" || state === "reading";
}

/** Takes the finished ones of a collection off the list. */
export function clearDone(collection: string): void {
  uploads.update((all) => all.filter((upload) => upload.collection !== collection || isBusy(upload)));
}

/** Seconds until the busy ones are done, at the pace so far; null until there is a pace. */
export function secondsLeft(all: Upload[]): number | null {
  const busy = all.filter(isBusy);
  const began = Math.min(...busy.map(({ began_ms }) => began_ms));
  const done = all.flatMap(({ ended_ms }) => (ended_ms !== null && ended_ms > began ? [ended_ms] : []));
  if (busy.length === 0 || done.length < 5) return null;
  return (busy.length * (Math.max(...done) - began)) / done.length / 1000;
}

/** The waiting files that go into the next request: small ones together, a large one alone. */
export function nextBatch(all: Upload[]): Upload[] {
  const waiting = all.filter(({ state }) => state === "waiting");
  const batch: Upload[] = [];
  let size = 0;
  for (const upload of waiting) {
    size += upload.size;
    const fits =
      batch.length < BATCH_FILES &&
      size <= BATCH_BYTES &&
      batch.every(({ collection, name }) => collection === upload.collection && name !== upload.name);
    if (batch.length > 0 && !fits) break;
    batch.push(upload);
  }
  return batch;
}

function startNext(): void {
  while (requests < AT_ONCE) {
    const batch = nextBatch(uploads.get());
    if (batch.length === 0) return;
    requests += 1;
    send(batch);
  }
}

/** The outcome of one file from the server's reply. A file of several documents has a result for each: `name#1`. */
export function outcome(name: string, status: number, body: unknown): Partial<Upload> {
  const all = (body as Partial<ListOf<AddResult>> | null)?.data ?? [];
  const mine = all.filter(({ source }) => source === name || source.startsWith(`${name}#`));
  const result = mine.find((one) => one.status === "failed") ?? mine[0];
  if (status >= 400 || !result)
    return { state: "failed", error: capitalised(errorFrom(status, body).message) };
  return {
    state: result.status,
    sent: 1,
    error: result.error ? reason(name, result.error.message) : null,
    documentId: result.document?.id ?? null,
  };
}

/** The server's message without the name that stands above it anyway. */
function reason(name: string, message: string): string {
  return capitalised(message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message);
}

/** fetch cannot report how much was sent; XMLHttpRequest can. */
function send(batch: Upload[], renewed = false): void {
  const ids = batch.map(({ id }) => id);
  const collection = batch[0]?.collection ?? "";
  const form = new FormData();
  for (const { id, name } of batch) form.append("files", files.get(id) ?? new Blob(), name);
  edit(ids, () => ({ state: "sending" }));
  const request = new XMLHttpRequest();
  request.open("POST", `${collectionPath(collection)}/documents`);
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total, lengthComputable }) =>
    lengthComputable && edit(ids, () => ({ sent: loaded / total }));
  request.upload.onload = () => edit(ids, () => ({ state: "reading", sent: 1 }));
  const done = (change: (upload: Upload) => Partial<Upload>) => {
    const ended_ms = Date.now();
    edit(ids, (upload) => ({ ...change(upload), ended_ms }));
    for (const { id, state } of uploads.get()) if (ids.includes(id) && state !== "failed") files.delete(id);
    requests -= 1;
    onStored(collection);
    startNext();
  };
  request.onload = async () => {
    const over = request.status === 401 && !renewed && (await renewSession().catch(() => false));
    if (over) return send(batch, true);
    done(({ name }) => outcome(name, request.status, request.response));
  };
  request.onerror = () => {
    const error = unreachableError().message;
    done(() => ({ state: "failed", error }));
  };
  request.send(form);
}
