/** Which collections are read: none chosen means the one that is asked by default. */
import { useQuery } from "@tanstack/react-query";
import { collectionsQuery, usualCollectionQuery } from "@/shared/queries";
import type { PartProps } from "./start-form";

export function Collections({ wanted, change }: PartProps) {
  const collections = useQuery(collectionsQuery).data ?? [];
  const usual = useQuery(usualCollectionQuery).data;
  if (collections.length < 2) return null;
  const toggle = (name: string) =>
    change({
      collections: wanted.collections.includes(name)
        ? wanted.collections.filter((one) => one !== name)
        : [...wanted.collections, name],
    });
  return (
    <fieldset className="mt-4">
      <legend className="text-sm font-medium">
        Collections{" "}
        {wanted.collections.length === 0 && usual && (
          <span className="font-normal break-words text-muted">none chosen: {usual} is read</span>
        )}
      </legend>
      <div className="mt-1.5 flex flex-wrap gap-2">
        {collections.map(({ name }) => {
          const chosen = wanted.collections.includes(name);
          return (
            <button
              key={name}
              type="button"
              aria-pressed={chosen}
              className={`min-h-11 max-w-full truncate rounded-full border px-3.5 text-sm md:min-h-8 md:px-3 ${chosen ? "border-accent bg-accent-soft font-medium text-accent" : "border-line text-muted hover:bg-hover hover:text-ink"}`}
              onClick={() => toggle(name)}
            >
              {name}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
