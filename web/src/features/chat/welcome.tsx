/** Before the first question: what is here, and what could be asked. */
import { Link } from "@tanstack/react-router";
import { ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "@/shared/format";
import type { Collection } from "@/shared/types";
import { Skeleton } from "@/shared/ui/states";
import type { Choice } from "./ask";
import { preferences } from "./preferences";

interface WelcomeProps {
  missing: boolean;
  temporary: boolean;
  collections: Collection[] | undefined;
  choice: Choice;
  onAsk: (question: string) => void;
  children: ReactNode;
}

export function Welcome({ missing, temporary, collections, choice, onAsk, children }: WelcomeProps) {
  const examples = collections?.find(({ name }) => name === choice.collection)?.examples?.slice(0, 3) ?? [];
  return (
    <div className="mx-auto flex w-full max-w-2xl flex-1 flex-col justify-center py-10 md:pb-[16vh]">
      {missing && (
        <p role="status" className="mb-6 text-sm text-muted">
          There is no such conversation of yours. You can begin a new one here.
        </p>
      )}
      <h1 className="text-2xl font-semibold tracking-tight">What would you like to know?</h1>
      <p className="mt-1 mb-6 text-muted">
        {temporary
          ? "A temporary chat: nothing of it is stored, and it ends with this page."
          : "Every sentence of an answer shows where it comes from."}
      </p>
      {children}
      {collections === undefined ? (
        <div className="mt-6">
          <Skeleton lines={3} label="Loading the collections" />
        </div>
      ) : (
        <>
          {examples.length > 0 && (
            <ul className="mt-4">
              {examples.map((example) => (
                <li key={example} className="border-b border-line last:border-0">
                  <button
                    type="button"
                    data-nav
                    className="group flex min-h-11 w-full items-center justify-between gap-4 px-4 py-2 text-left text-[15px] text-muted hover:text-ink"
                    onClick={() => onAsk(example)}
                  >
                    {example}
                    <ArrowUpRight
                      aria-hidden
                      className="size-4 shrink-0 text-faint group-hover:text-accent"
                    />
                  </button>
                </li>
              ))}
            </ul>
          )}
          <Collections collections={collections} chosen={choice.collection} />
        </>
      )}
    </div>
  );
}

/** The rest is in the picker and on the knowledge page. */
const SHOWN = 8;

function Collections({ collections, chosen }: { collections: Collection[]; chosen: string | null }) {
  if (collections.length === 0) {
    return (
      <p className="mt-6 text-muted">
        There are no documents yet.{" "}
        <Link to="/knowledge" className="link">
          Add some
        </Link>{" "}
        and ask about them.
      </p>
    );
  }
  const shown = collections.slice(0, SHOWN);
  return (
    <section aria-label="Collections" className="mt-8">
      <h2 className="eyebrow">Collections</h2>
      <ul className="mt-2 flex flex-wrap gap-2">
        {shown.map(({ name, documents }) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={name === chosen}
              className={`flex min-h-11 items-center gap-2 rounded-lg border px-3 text-sm md:min-h-9 ${name === chosen ? "border-accent bg-accent-soft" : "border-line hover:bg-hover"}`}
              onClick={() => preferences.update((before) => ({ ...before, collection: name }))}
            >
              {name} <span className="text-xs text-muted">{plural(documents, "document")}</span>
            </button>
          </li>
        ))}
        {collections.length > SHOWN && (
          <li>
            <Link to="/knowledge" className="button-quiet md:min-h-9">
              and {collections.length - SHOWN} more
            </Link>
          </li>
        )}
      </ul>
    </section>
  );
}
