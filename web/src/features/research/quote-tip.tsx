/** The words behind a number, while a pointer or the focus rests on it. */
import { useLayoutEffect, useRef, useState } from "react";

export interface Tip {
  title: string;
  page: number | null;
  quote: string;
  /** Where the number stands in the window. */
  at: DOMRect;
}

const GAP = 8;

export function QuoteTip({ title, page, quote, at }: Tip) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const { width, height } = element.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, at.left + at.width / 2 - width / 2), innerWidth - width - GAP);
    const above = at.top - height - GAP;
    setPlace({ left, top: above > GAP ? above : at.bottom + GAP });
  }, [at]);
  return (
    <div
      ref={box}
      role="tooltip"
      className={`pointer-events-none fixed z-40 w-80 max-w-[calc(100vw-1rem)] rounded-lg border border-line bg-page px-3.5 py-2.5 text-sm shadow-lg ${place ? "" : "invisible"}`}
      style={place ?? { left: 0, top: 0 }}
    >
      <p dir="auto" className="truncate text-xs text-muted">
        {title}
        {page !== null && `, page ${page}`}
      </p>
      <p dir="auto" className="mt-1 line-clamp-6 break-words">
        “{quote}”
      </p>
    </div>
  );
}
