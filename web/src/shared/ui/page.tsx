/** The middle column and the context panel beside it; on a narrow screen the panel is a drawer. */
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useMedia } from "./use-media";

export function Page({ children, panel }: { children: ReactNode; panel?: ReactNode }) {
  return (
    <div className="flex h-full min-h-0">
      <div className="relative min-w-0 flex-1">{children}</div>
      {panel}
    </div>
  );
}

interface PanelProps {
  title: string;
  subtitle?: ReactNode;
  tools?: ReactNode;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Panel(props: PanelProps) {
  const beside = useMedia("(min-width: 1100px)");
  return beside ? <Beside {...props} /> : <Drawer {...props} />;
}

function Beside(props: PanelProps) {
  const { onClose } = props;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]"))
        onClose();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onClose]);
  return (
    <aside
      aria-label={props.title}
      className={`slide-in flex h-full shrink-0 flex-col border-l border-line bg-raised ${props.wide ? "w-[520px]" : "w-[432px]"}`}
    >
      <Content {...props} />
    </aside>
  );
}

function Drawer(props: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { onClose } = props;
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={props.title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className="fixed inset-y-0 right-0 left-auto m-0 h-dvh max-h-none w-[min(100vw-2.5rem,32rem)] max-w-none border-l border-line bg-raised p-0 backdrop:bg-black/40"
    >
      <div className="slide-in flex h-full flex-col">
        <Content {...props} />
      </div>
    </dialog>
  );
}

function Content({ title, subtitle, tools, onClose, children }: PanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      // Only when the panel took the focus with it: a click on another source keeps its own.
      if (document.activeElement === document.body && before instanceof HTMLElement) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  return (
    <>
      <header className="flex items-start gap-2 border-b border-line px-5 py-3">
        <div className="min-w-0 flex-1 py-1">
          <h2
            ref={heading}
            tabIndex={-1}
            dir="auto"
            className="line-clamp-2 font-semibold leading-snug break-words outline-none"
            title={title}
          >
            {title}
          </h2>
          {subtitle && <div className="mt-0.5 text-xs text-muted">{subtitle}</div>}
        </div>
        {tools}
        <button
          type="button"
          className="button-quiet"
          aria-label="Close panel"
          title="Close (Esc)"
          onClick={onClose}
        >
          <X aria-hidden className="size-4" />
        </button>
      </header>
      <section
        aria-label={`${title}, content`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="relative min-h-0 flex-1 overflow-y-auto px-5 py-4"
      >
        {children}
      </section>
    </>
  );
}
