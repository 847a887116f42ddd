/** How a view looks when it is empty, loading or failed. */
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError, UNREACHABLE } from "../api";
import { capitalised } from "../format";

export function Skeleton({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div role="status" className="after-a-moment space-y-3 py-2">
      <span className="sr-only">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="h-4 rounded bg-hover" style={{ width: `${92 - ((line * 23) % 40)}%` }} />
      ))}
    </div>
  );
}

interface FailureProps {
  what: string;
  error: unknown;
  onRetry?: () => void;
  children?: ReactNode;
}

/** What happened, what to do, and a way to try again. */
export function Failure({ what, error, onRetry, children }: FailureProps) {
  const message = capitalised(error instanceof Error ? error.message : String(error));
  const code = error instanceof ApiError && error.code !== UNREACHABLE ? error.code : null;
  return (
    <ProblemBox what={what}>
      <p className="mt-0.5 break-words text-muted">
        {message} {code && <code className="text-xs">({code})</code>}
      </p>
      {children}
      {onRetry && (
        <button type="button" className="button mt-3 bg-page" onClick={onRetry}>
          Try again
        </button>
      )}
    </ProblemBox>
  );
}

interface ProblemBoxProps {
  what: string;
  /** A refusal is no failure: nothing broke. */
  tone?: "failure" | "refusal";
  children: ReactNode;
}

/** The box in which a problem is told. */
export function ProblemBox({ what, tone = "failure", children }: ProblemBoxProps) {
  const [box, icon] =
    tone === "failure" ? ["border-bad/40 bg-bad-soft", "text-bad"] : ["border-line bg-raised", "text-warn"];
  return (
    <div role="alert" className={`flex gap-3 rounded-lg border px-4 py-3 text-sm ${box}`}>
      <CircleAlert aria-hidden className={`mt-0.5 size-4 shrink-0 ${icon}`} />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{what}</p>
        {children}
      </div>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="rounded-xl border border-dashed border-line-strong/50 px-6 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="mx-auto mt-1 max-w-md text-sm text-muted">{children}</div>}
    </div>
  );
}

/** A thin bar with its figures in words, for the eye and for the screen reader. */
export function Bar({ value, total, label }: { value: number; total: number; label: string }) {
  const share = total > 0 ? Math.min(1, value / total) : 1;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className="h-1.5 overflow-hidden rounded-full bg-line"
    >
      <div
        className="h-full rounded-full bg-accent transition-[width] duration-150"
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
