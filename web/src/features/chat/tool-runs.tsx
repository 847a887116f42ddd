/** The tools that ran for an answer, each one line as it ran; what it was asked unfolds. */
import { ChevronRight, Wrench } from "lucide-react";
import { milliseconds } from "@/shared/format";
import { toolsOf } from "./request";
import type { Turn } from "./turn";

export function ToolRuns({ turn }: { turn: Turn }) {
  const tools = toolsOf(turn);
  if (tools.length === 0) return null;
  return (
    <ul aria-label="Tools" className="mb-3 space-y-1 text-sm">
      {tools.map((tool, index) => (
        <li key={index}>
          <details className="group">
            <summary className="flex min-h-11 items-center gap-2 rounded text-muted md:min-h-8">
              <Wrench aria-hidden className={`size-3.5 shrink-0 ${tool.ok ? "" : "text-bad"}`} />
              <span className="shrink-0 font-medium text-ink">{tool.name}</span>
              <span className={`min-w-0 truncate ${tool.ok ? "" : "text-bad"}`}>
                {tool.ok ? tool.summary : `failed: ${tool.summary}`}
              </span>
              <span className="ml-auto shrink-0 text-xs tabular-nums">{milliseconds(tool.ms)}</span>
              <ChevronRight
                aria-hidden
                className="size-3.5 shrink-0 transition-transform duration-100 group-open:rotate-90"
              />
            </summary>
            <pre className="mt-1 ml-5.5 max-h-60 overflow-auto rounded-lg bg-hover px-3 py-2 font-mono text-xs break-words whitespace-pre-wrap">
              {readable(tool.arguments)}
            </pre>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** JSON with its lines, anything else as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
