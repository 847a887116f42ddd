/** What was chosen last: collection, model, comparison. And the question not yet sent. */
import { Store, storage } from "@/shared/store";
import type { Collection, Model } from "@/shared/types";
import type { Choice } from "./ask";

const KEY = "answerable.preferences";
const DRAFT_KEY = "answerable.draft";

export const preferences = new Store<Partial<Choice>>(storage.read<Partial<Choice>>(KEY) ?? {});
// A second model costs a second time: it is chosen anew on every visit.
preferences.subscribe(() => storage.write(KEY, { ...preferences.get(), second: null }));

export const draft = new Store<string>(storage.read<string>(DRAFT_KEY) ?? "");
draft.subscribe(() => storage.write(DRAFT_KEY, draft.get()));

/** The models that can answer: the list also names the models that only embed. */
export function answering(models: Model[], collections: Collection[]): Model[] {
  const embedders = new Set(collections.map(({ embedder }) => embedder));
  return models.filter(({ id }) => !embedders.has(id));
}

/** The choice that holds now: a remembered collection or model may be gone; until the lists are here, it is trusted. */
export function choiceOf(
  wanted: Partial<Choice>,
  collections: Collection[] | undefined,
  models: Model[],
): Choice {
  const { compare = false, second = null } = wanted;
  if (!collections) {
    const { collection = null, model = "extractive" } = wanted;
    return { collection, model, compare, second };
  }
  const known = collections.some(({ name }) => name === wanted.collection);
  const free = wanted.collection === null && models.some(({ id }) => id !== "extractive");
  const fullest = collections.toSorted((a, b) => b.documents - a.documents)[0];
  return {
    collection: known || free ? (wanted.collection ?? null) : (fullest?.name ?? null),
    model: models.find(({ id }) => id === wanted.model)?.id ?? models[0]?.id ?? "extractive",
    compare,
    second: models.find(({ id }) => id === second)?.id ?? null,
  };
}
