/** The sources under an answer, numbered as in its text. */
import { place, sourceName } from "@/shared/format";
import type { Highlight } from "./answer-text";
import { citationNumbers, citedSources, type Turn } from "./turn";
import { useChatPanel } from "./use-source";

interface SourceListProps {
  turn: Turn;
  collection: string;
  highlight: Highlight;
  onHighlight: (highlight: Highlight) => void;
}

export function SourceList({ turn, collection, highlight, onHighlight }: SourceListProps) {
  const { openSource } = useChatPanel();
  const sources = citedSources(turn);
  if (sources.length === 0) return null;
  const sentence = highlight.sentence === null ? undefined : turn.sentences[highlight.sentence];
  const lit = new Set(sentence ? citationNumbers(sentence.citations) : []);
  if (highlight.number !== null) lit.add(highlight.number);
  return (
    <section aria-label="Sources" className="mt-6">
      <h3 className="eyebrow">Sources</h3>
      <ol className="mt-1.5 -mx-2">
        {sources.map((source) => (
          <li key={source.number}>
            <button
              type="button"
              data-nav
              data-source={source.number}
              className={`flex min-h-11 w-full items-baseline gap-3 rounded-lg px-2 py-1.5 text-left text-sm transition-colors duration-100 md:min-h-9 ${lit.has(source.number) ? "bg-mark" : "hover:bg-hover"}`}
              onClick={() => openSource(collection, source)}
              onPointerEnter={() => onHighlight({ sentence: null, number: source.number })}
              onPointerLeave={() => onHighlight({ sentence: null, number: null })}
            >
              <span className="w-5 shrink-0 text-right font-semibold text-accent tabular-nums">
                {source.number}
              </span>
              <span className="min-w-0 flex-1">
                <span dir="auto" className="flex items-baseline gap-2">
                  <span className="truncate font-medium">{source.title}</span>
                  <span className="max-w-1/2 shrink-0 truncate text-xs text-muted">
                    {place(source.page, source.heading_path, source.title) || sourceName(source.source)}
                  </span>
                </span>
                <span dir="auto" className="line-clamp-1 text-xs text-muted">
                  {source.quote}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
