/** Where a run stands, in a word and a dot. */
import type { Run } from "@/shared/research-types";
import { statusWords } from "./progress";

const DOTS: Record<Run["status"], string> = {
  running: "bg-accent pulse-dot",
  waiting: "bg-mark-line",
  done: "bg-good",
  failed: "bg-bad",
  cancelled: "bg-line-strong",
};

export function StatusMark({ run }: { run: Run }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <span aria-hidden className={`size-2 rounded-full ${DOTS[run.status]}`} />
      <span className={run.status === "failed" ? "text-bad" : run.status === "waiting" ? "text-warn" : ""}>
        {statusWords(run)}
      </span>
    </span>
  );
}
