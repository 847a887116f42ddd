/** A sentence of a report with the numbers of its sources, and the way to why it stands there. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext } from "react";
import type { Reference, ReportSentence, ReportSpan } from "@/shared/research-types";
import type { Tip } from "./quote-tip";
import { placeOf, placesOf } from "./report";

interface ReadingState {
  references: Reference[];
  /** The source whose sentences are lit. */
  lit: number | null;
  setLit: (number: number | null) => void;
  setTip: (tip: Tip | null) => void;
}

const Context = createContext<ReadingState>({
  references: [],
  lit: null,
  setLit: () => undefined,
  setTip: () => undefined,
});

export function Reading({ value, children }: { value: ReadingState; children: ReactNode }) {
  return <Context value={value}>{children}</Context>;
}

interface SentenceProps {
  sentence: ReportSentence;
  section: string;
  /** As `why` counts it; undefined where it cannot be asked about. */
  number?: number | undefined;
}

export function SentenceView({ sentence, section, number }: SentenceProps) {
  const { lit } = useContext(Context);
  const { why } = useSearch({ strict: false });
  const navigate = useNavigate();
  const key = number === undefined ? undefined : `${section}:${number}`;
  const open = () =>
    void navigate({ to: ".", search: (before) => ({ ...before, place: undefined, why: key }) });
  const space = sentence.text.lastIndexOf(" ") + 1;
  const asked = key !== undefined && why === key;
  const isLit = asked || (lit !== null && sentence.spans.some((span) => span.number === lit));
  const look = isLit ? "bg-mark" : key === undefined ? "" : "hover:bg-hover";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in it does the same
    <span
      data-sentence={key}
      className={`rounded-sm box-decoration-clone transition-colors duration-100 ${look} ${key === undefined ? "" : "cursor-pointer"}`}
      onClick={(event) => {
        const onButton = event.target instanceof Element && event.target.closest("button") !== null;
        if (key !== undefined && !onButton && getSelection()?.isCollapsed !== false) open();
      }}
    >
      <Prose text={sentence.text.slice(0, space)} />
      <span className="whitespace-nowrap">
        <Prose text={sentence.text.slice(space)} />
        <Numbers spans={sentence.spans} />
        {key !== undefined && <WhyButton sentence={sentence} current={asked} onOpen={open} />}
      </span>{" "}
    </span>
  );
}

function Prose({ text }: { text: string }) {
  return text.split(/(`[^`]+`)/).map((part, at) =>
    at % 2 === 1 ? (
      <code key={at} className="rounded bg-hover px-1 font-mono text-[0.88em]">
        {part.slice(1, -1)}
      </code>
    ) : (
      part
    ),
  );
}

export function Numbers({ spans }: { spans: ReportSpan[] }) {
  return placesOf(spans).map((span) => <CiteNumber key={span.number} span={span} />);
}

function CiteNumber({ span }: { span: ReportSpan }) {
  const { references, setLit, setTip } = useContext(Context);
  const { place } = useSearch({ strict: false });
  const navigate = useNavigate();
  const title = references.find(({ number }) => number === span.number)?.title ?? "";
  const open = place?.e === span.evidence && place.s === span.start && place.f === span.end;
  const look = (element: HTMLElement) => {
    setLit(span.number);
    setTip({ title, page: span.page, quote: span.quote, at: element.getBoundingClientRect() });
  };
  const leave = () => {
    setLit(null);
    setTip(null);
  };
  return (
    <sup className="ml-0.5 leading-none">
      <button
        type="button"
        data-nav
        data-cite={span.number}
        aria-label={`Source ${span.number}: ${title}. “${span.quote}”`}
        aria-current={open || undefined}
        className={`relative inline-flex h-[1.5em] min-w-[1.5em] items-center justify-center rounded px-1 text-[0.68rem] font-semibold tabular-nums before:absolute before:-inset-x-1 before:-inset-y-3 hover:bg-accent hover:text-on-accent ${open ? "bg-accent text-on-accent" : "bg-accent-soft text-accent"}`}
        onClick={() => {
          leave();
          void navigate({
            to: ".",
            search: (before) => ({ ...before, why: undefined, place: placeOf(span) }),
          });
        }}
        onPointerEnter={(event) => event.pointerType === "mouse" && look(event.currentTarget)}
        onPointerLeave={leave}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && look(event.currentTarget)}
        onBlur={leave}
      >
        {span.number}
      </button>
    </sup>
  );
}

interface WhyProps {
  sentence: ReportSentence;
  current: boolean;
  onOpen: () => void;
}

/** Seen while it has the focus: who has a pointer clicks on the sentence. */
function WhyButton({ sentence, current, onOpen }: WhyProps) {
  const own = sentence.kind === "synthesis";
  const word = own ? "own words" : "why";
  return (
    <button
      type="button"
      aria-label={`${word}: ${sentence.text}`}
      aria-current={current || undefined}
      title={own ? "The writer’s own words: they state nothing that needs a source" : undefined}
      className={`rounded px-1 text-xs text-muted ${own ? "ml-1 bg-hover" : "sr-only focus:not-sr-only focus:ml-1"}`}
      onClick={onOpen}
    >
      {word}
    </button>
  );
}
