/** A button that opens a short list of acts. The browser's own popover: it closes on Escape and on a click beside it. */
import { Check } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

export interface MenuItem {
  word: string;
  icon?: ReactNode;
  danger?: boolean;
  /** For a choice among items; undefined for an act. */
  checked?: boolean;
  /** A line above it. */
  apart?: boolean;
  onPick: () => void;
}

interface MenuProps {
  label: string;
  className: string;
  items: MenuItem[];
  children: ReactNode;
  /** Told when it opens and closes: what holds the button may have to stay visible. */
  onOpen?: (open: boolean) => void;
}

const GAP_PX = 4;
const MARGIN_PX = 8;

export function Menu({ label, className, items, children, onOpen }: MenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  // Its size is known once its items are there.
  useLayoutEffect(() => {
    if (!open || !list.current || !button.current) return;
    place(list.current, button.current.getBoundingClientRect());
    list.current.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
  }, [open]);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    event.stopPropagation(); // the page's own keys are not meant
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Tab") list.current?.hidePopover();
    if (!step) return;
    event.preventDefault();
    const all = Array.from(event.currentTarget.querySelectorAll<HTMLElement>("[role^=menuitem]"));
    const here = all.indexOf(document.activeElement as HTMLElement);
    all[(here + step + all.length) % all.length]?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => list.current?.showPopover()}
      >
        {children}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        className="fixed inset-auto m-0 max-h-[min(70vh,28rem)] min-w-48 overflow-y-auto rounded-xl border border-line bg-page p-1 text-sm text-ink shadow-lg shadow-black/10"
        onToggle={(event) => {
          const now = event.newState === "open";
          setOpen(now);
          onOpen?.(now);
        }}
        onKeyDown={onKeyDown}
      >
        {open &&
          items.map((item) => (
            <Item key={item.word} item={item} onDone={() => list.current?.hidePopover()} />
          ))}
      </div>
    </>
  );
}

function Item({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  const { word, icon, danger, checked, apart, onPick } = item;
  return (
    <>
      {apart && <hr className="my-1 border-line" />}
      <button
        type="button"
        role={checked === undefined ? "menuitem" : "menuitemradio"}
        {...(checked === undefined ? {} : { "aria-checked": checked })}
        tabIndex={-1}
        className={`flex min-h-11 w-full items-center gap-2.5 rounded-lg px-2.5 text-left hover:bg-hover focus:bg-hover focus:outline-none md:min-h-8 ${danger ? "text-bad" : ""}`}
        onClick={() => {
          onDone();
          onPick();
        }}
      >
        <span className="flex size-4 shrink-0 items-center justify-center text-muted">
          {checked ? <Check aria-hidden className="size-4 text-accent" /> : icon}
        </span>
        {word}
      </button>
    </>
  );
}

/** Below the button where there is room, else above it; never outside of the window. */
function place(list: HTMLElement, at: DOMRect): void {
  const { width, height } = list.getBoundingClientRect();
  const below = at.bottom + GAP_PX;
  const top =
    below + height + MARGIN_PX <= innerHeight ? below : Math.max(MARGIN_PX, at.top - GAP_PX - height);
  const left = Math.min(Math.max(MARGIN_PX, at.left), innerWidth - width - MARGIN_PX);
  list.style.top = `${top}px`;
  list.style.left = `${left}px`;
}
