/** A block of code that can be copied. */
import { Check, Copy } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";

export function CodeBlock({ children }: { children: ReactNode }) {
  const block = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(block.current?.textContent ?? "");
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div className="group relative">
      <pre
        ref={block}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: wide lines scroll, and must do so by keyboard
        tabIndex={0}
        dir="ltr"
        className="overflow-x-auto rounded-lg bg-hover px-4 py-3 font-mono text-sm leading-normal"
      >
        {children}
      </pre>
      <button
        type="button"
        className="button-quiet absolute top-1 right-1 bg-hover md:opacity-0 md:group-focus-within:opacity-100 md:group-hover:opacity-100"
        aria-label={copied ? "Copied" : "Copy the code"}
        title="Copy the code"
        onClick={() => void copy()}
      >
        {copied ? (
          <Check aria-hidden className="size-4 text-good" />
        ) : (
          <Copy aria-hidden className="size-4" />
        )}
      </button>
    </div>
  );
}
