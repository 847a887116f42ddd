/** One list of keyboard commands, so that `?` can show what really works. */
import { useEffect } from "react";

export interface Command {
  keys: string;
  what: string;
}

/** Command on a Mac, Control elsewhere; both work everywhere. */
export const FIND_KEYS = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "") ? "⌘ K" : "Ctrl K";

export const COMMANDS: Command[] = [
  { keys: "/", what: "Go to the question" },
  { keys: FIND_KEYS, what: "Find anything, also what was said" },
  { keys: "j", what: "Next source, row or conversation" },
  { keys: "k", what: "Previous source, row or conversation" },
  { keys: "o", what: "Open it (so does Enter)" },
  { keys: ".", what: "Stop the answer, or the research" },
  { keys: "Esc", what: "Close the panel" },
  { keys: "?", what: "Show this list" },
];

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** Calls the handler of a plain key press, never while the person types or a dialog is open. */
export function useKeys(handlers: Record<string, (event: KeyboardEvent) => void>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (typing(event.target) || document.querySelector("dialog[open]")) return;
      const handler = handlers[event.key];
      if (!handler) return;
      event.preventDefault();
      handler(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [handlers]);
}

/** Where the keys move: in the rail while the focus is there, else in the page. */
function area(): ParentNode {
  return document.activeElement?.closest("nav") ?? document.querySelector("main") ?? document;
}

/** Moves the focus among everything marked `data-nav` around it, in reading order. */
export function moveFocus(step: 1 | -1): void {
  const stops = Array.from(area().querySelectorAll<HTMLElement>("[data-nav]")).filter(
    (element) => element.offsetParent !== null,
  );
  if (stops.length === 0) return;
  const here = stops.indexOf(document.activeElement as HTMLElement);
  const next = here === -1 ? (step === 1 ? 0 : stops.length - 1) : here + step;
  const target = stops[Math.min(Math.max(next, 0), stops.length - 1)];
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
}

export function openFocused(): void {
  const focused = document.activeElement;
  const target =
    focused instanceof HTMLElement && focused.matches("[data-nav]")
      ? focused
      : area().querySelector<HTMLElement>("[data-nav]");
  target?.click();
}
