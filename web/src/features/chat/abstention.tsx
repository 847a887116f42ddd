/** An honest "I don't know": what was searched, what came closest, what to try. */
import { Link } from "@tanstack/react-router";
import { CircleSlash2 } from "lucide-react";
import { place } from "@/shared/format";
import type { Turn } from "./turn";
import { useChatPanel } from "./use-source";

interface AbstentionProps {
  abstention: NonNullable<Turn["abstention"]>;
  collection: string;
}

export function Abstention({ abstention: { message, searched, closest }, collection }: AbstentionProps) {
  const { openSource } = useChatPanel();
  const places = searched.length > 0 ? searched : [collection];
  return (
    <section aria-label="No answer" data-abstained className="rounded-xl border border-line bg-raised p-5">
      <p className="flex gap-3 text-[17px] leading-relaxed">
        <CircleSlash2 aria-hidden className="mt-1.5 size-4 shrink-0 text-muted" />
        {message}
      </p>
      <p className="mt-2 pl-7 text-sm text-muted">
        Searched{" "}
        {places.map((name, index) => (
          <span key={name}>
            {index > 0 && ", "}
            <Link to="/knowledge/$collection" params={{ collection: name }} className="link">
              {name}
            </Link>
          </span>
        ))}
        . Nothing found there supports an answer well enough to give one.
      </p>
      {closest.length > 0 && (
        <div className="mt-5 pl-7">
          <h3 className="eyebrow">What came closest</h3>
          <ul className="mt-1 -mx-2">
            {closest.map((passage) => (
              <li key={`${passage.document_id} ${passage.start}`}>
                <button
                  type="button"
                  data-nav
                  className="min-h-11 w-full rounded-lg px-2 py-2 text-left text-sm hover:bg-hover"
                  onClick={() => openSource(collection, passage)}
                >
                  <span dir="auto" className="line-clamp-1">
                    <span className="font-medium">{passage.title}</span>{" "}
                    <span className="text-xs text-muted">
                      {place(passage.page, passage.heading_path, passage.title)}
                    </span>
                  </span>
                  <span dir="auto" className="line-clamp-2 text-muted">
                    {passage.text}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <p className="mt-4 pl-7 text-sm text-muted">
        You could ask in other words, or{" "}
        <Link to="/knowledge/$collection" params={{ collection: places[0] ?? collection }} className="link">
          add a document
        </Link>{" "}
        that answers it.
      </p>
    </section>
  );
}
