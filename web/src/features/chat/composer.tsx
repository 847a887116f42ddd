/** The question box: the words, where to look, and who answers. */
import { ArrowUp, Columns2, Ghost, Square } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useStore } from "@/shared/store";
import type { Collection, Model } from "@/shared/types";
import { Menu } from "@/shared/ui/menu";
import type { Choice } from "./ask";
import { modelName } from "./model-name";
import { draft, preferences } from "./preferences";

interface ComposerProps {
  collections: Collection[];
  models: Model[];
  choice: Choice;
  live: boolean;
  /** A temporary chat is chosen before its first question; undefined where it is too late for that. */
  temporary: boolean;
  onTemporary?: ((temporary: boolean) => void) | undefined;
  onAsk: (question: string) => void;
  onStop: () => void;
}

const NO_DOCUMENTS = "";

function placeholder({ collection, model }: Choice): string {
  if (collection !== null) return `Ask ${collection}`;
  return model === "extractive" ? "Choose a collection to ask, or a model" : `Ask ${model}`;
}

export function Composer(props: ComposerProps) {
  const { collections, models, choice, live, temporary, onTemporary, onAsk, onStop } = props;
  const text = useStore(draft);
  const box = useRef<HTMLTextAreaElement>(null);
  const prefer = (change: Partial<Choice>) => preferences.update((before) => ({ ...before, ...change }));
  const free = models.some(({ id }) => id !== "extractive");
  const ready = text.trim() !== "" && (choice.collection !== null || choice.model !== "extractive");

  // A phone opens its keyboard on focus, which hides the page: focus only where there is a real one.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, []);

  const send = () => {
    if (!ready || live) return;
    draft.set("");
    onAsk(text);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.currentTarget.blur();
    }
    if (event.key === "." && live && text === "") {
      event.preventDefault();
      onStop();
    }
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="rounded-2xl border border-line-strong/60 bg-page transition-colors focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        id="question"
        ref={box}
        rows={1}
        dir="auto"
        aria-label="Your question"
        aria-keyshortcuts="/"
        placeholder={placeholder(choice)}
        className="field-sizing-content block max-h-[40vh] min-h-13 w-full resize-none bg-transparent px-4 pt-3.5 pb-1 outline-none placeholder:text-faint"
        value={text}
        onChange={(event) => draft.set(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex items-center px-1 pb-2 md:gap-x-1 md:px-2">
        <select
          aria-label="Collection to search"
          className="picker"
          value={choice.collection ?? NO_DOCUMENTS}
          onChange={(event) =>
            prefer({ collection: event.target.value === NO_DOCUMENTS ? null : event.target.value })
          }
        >
          {collections.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          {(free || collections.length === 0) && <option value={NO_DOCUMENTS}>No documents</option>}
        </select>
        <select
          aria-label="Who answers"
          className="picker"
          value={choice.model}
          onChange={(event) => prefer({ model: event.target.value })}
        >
          {models.length === 0 && <option value={choice.model}>{modelName(choice.model)}</option>}
          {models.map(({ id }) => (
            <option key={id} value={id}>
              {modelName(id)}
            </option>
          ))}
        </select>
        {!temporary && <Compare models={models} choice={choice} />}
        {onTemporary && (
          <button
            type="button"
            aria-pressed={temporary}
            aria-label="Temporary chat"
            title="Temporary chat: nothing of it is stored"
            className={`button-quiet shrink-0 ${temporary ? "bg-accent-soft text-accent" : ""}`}
            onClick={() => onTemporary(!temporary)}
          >
            <Ghost aria-hidden className="size-4" />
          </button>
        )}
        <div className="ml-auto shrink-0">
          {live ? (
            <button
              type="button"
              className="flex size-11 items-center justify-center rounded-full bg-ink text-page md:size-9"
              aria-label="Stop the answer"
              title="Stop (.)"
              onClick={onStop}
            >
              <Square aria-hidden className="size-3.5 fill-current" />
            </button>
          ) : (
            <button
              type="submit"
              className="flex size-11 items-center justify-center rounded-full bg-accent text-on-accent disabled:bg-hover disabled:text-faint md:size-9"
              aria-label="Ask"
              disabled={!ready}
            >
              <ArrowUp aria-hidden className="size-4.5" />
            </button>
          )}
        </div>
      </div>
    </form>
  );
}

/** What stands beside the answer: nothing, plain keyword search, or the answer of a second model. */
function Compare({ models, choice: { model, compare, second } }: { models: Model[]; choice: Choice }) {
  const choose = (change: Partial<Choice>) =>
    preferences.update((before) => ({ ...before, compare: false, second: null, ...change }));
  const others = models.filter(({ id }) => id !== model);
  const chosen = compare || second !== null;
  return (
    <Menu
      label="Compare"
      className={`button-quiet min-w-0 shrink ${chosen ? "bg-accent-soft text-accent" : ""}`}
      items={[
        { word: "Nothing beside it", checked: !chosen, onPick: () => choose({}) },
        { word: "Plain keyword search", checked: compare, onPick: () => choose({ compare: true }) },
        ...others.map(({ id }, index) => ({
          word: modelName(id),
          checked: second === id,
          apart: index === 0,
          onPick: () => choose({ second: id }),
        })),
      ]}
    >
      <Columns2 aria-hidden className="size-4 shrink-0" />
      <span className="truncate max-md:hidden">{second ? `and ${modelName(second)}` : "Compare"}</span>
    </Menu>
  );
}
