/** "2 of 3": the versions of a question or of an answer, and the way from one to the next. */
import { ChevronLeft, ChevronRight } from "lucide-react";

interface VersionsProps {
  /** "question" or "answer". */
  of: string;
  ids: string[];
  shown: string | null;
  onShow: (id: string) => void;
}

export function Versions({ of, ids, shown, onShow }: VersionsProps) {
  const at = shown === null ? -1 : ids.indexOf(shown);
  if (at === -1 || ids.length < 2) return null;
  const step = (by: 1 | -1, word: string, icon: React.ReactNode) => {
    const to = ids[at + by];
    return (
      <button
        type="button"
        className="button-quiet min-w-9 px-1 md:min-w-7"
        aria-label={`${word} version of the ${of}`}
        title={`${word} version`}
        disabled={to === undefined}
        onClick={() => to !== undefined && onShow(to)}
      >
        {icon}
      </button>
    );
  };
  return (
    <fieldset className="flex shrink-0 items-center text-xs text-muted tabular-nums">
      <legend className="sr-only">Versions of the {of}</legend>
      {step(-1, "Previous", <ChevronLeft aria-hidden className="size-4" />)}
      <span data-version={of}>
        {at + 1} of {ids.length}
      </span>
      {step(1, "Next", <ChevronRight aria-hidden className="size-4" />)}
    </fieldset>
  );
}
