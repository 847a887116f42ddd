/** Files on their way to a collection. A store outside React: uploads go on while other pages are visited. */
import { collectionPath, errorFrom, unreachableError } from "@/shared/api";
import { Store } from "@/shared/store";
import type { AddResult, ListOf } from "@/shared/types";

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
}

const AT_ONCE = 2;
export const uploads = new Store<Upload[]>([]);
const files = new Map<number, File>();
let lastId = 0;
let onStored: (collection: string) => void = () => undefined;

/** Whoever shows documents hears here that a collection changed. */
export function whenStored(listener: (collection: string) => void): void {
  onStored = listener;
}

function edit(id: number, change: Partial<Upload>): void {
  uploads.update((all) => all.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
}

export function addFiles(collection: string, chosen: Iterable<File>): void {
  const added: Upload[] = Array.from(chosen, (file) => {
    lastId += 1;
    files.set(lastId, file);
    const { name, size } = file;
    return { id: lastId, collection, name, size, state: "waiting", sent: 0, error: null, documentId: null };
  });
  uploads.update((all) => [...all, ...added]);
  startNext();
}

export function retry(id: number): void {
  edit(id, { state: "waiting", sent: 0, error: null });
  startNext();
}

export function isBusy({ state }: Upload): boolean {
  return state === "waiting" || state === "sending" || state === "reading";
}

/** Takes the finished ones of a collection off the list. */
export function clearDone(collection: string): void {
  uploads.update((all) => all.filter((upload) => upload.collection !== collection || isBusy(upload)));
}

function startNext(): void {
  const all = uploads.get();
  const free = AT_ONCE - all.filter(({ state }) => state === "sending" || state === "reading").length;
  for (const upload of all.filter(({ state }) => state === "waiting").slice(0, Math.max(0, free)))
    send(upload);
}

/** The outcome of one file from the server's reply. */
export function outcome(status: number, body: unknown): Partial<Upload> {
  const result = (body as Partial<ListOf<AddResult>> | null)?.data?.[0];
  if (status >= 400 || !result) return { state: "failed", error: errorFrom(status, body).message };
  return {
    state: result.status,
    sent: 1,
    error: result.error?.message ?? null,
    documentId: result.document?.id ?? null,
  };
}

/** fetch cannot report how much was sent; XMLHttpRequest can. */
function send({ id, collection }: Upload): void {
  const file = files.get(id);
  if (!file) return;
  edit(id, { state: "sending" });
  const form = new FormData();
  form.append("files", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", `${collectionPath(collection)}/documents`);
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total, lengthComputable }) =>
    lengthComputable && edit(id, { sent: loaded / total });
  request.upload.onload = () => edit(id, { state: "reading", sent: 1 });
  const done = (change: Partial<Upload>) => {
    edit(id, change);
    if (change.state !== "failed") files.delete(id);
    onStored(collection);
    startNext();
  };
  request.onload = () => done(outcome(request.status, request.response));
  request.onerror = () => done({ state: "failed", error: unreachableError().message });
  request.send(form);
}
