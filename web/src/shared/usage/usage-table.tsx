/** Usage line by line. What has no price is marked, never counted as nothing. */
import type { ReactNode } from "react";
import { plural, usd } from "@/shared/format";
import type { UsageFigures } from "@/shared/types";

export interface TableLine extends UsageFigures {
  key: string;
  title: ReactNode;
}

interface UsageTableProps {
  label: string;
  head: string;
  lines: TableLine[];
}

const FIGURE = "py-1.5 pr-4 text-right font-medium";

export function UsageTable({ label, head, lines }: UsageTableProps) {
  return (
    <section
      aria-label={label}
      className="overflow-x-auto"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="text-xs whitespace-nowrap text-faint">
            <th scope="col" className="py-1.5 pr-4 text-left font-medium">
              {head}
            </th>
            <th scope="col" className={FIGURE}>
              Requests
            </th>
            <th scope="col" className={`${FIGURE} max-sm:hidden`}>
              Tokens in
            </th>
            <th scope="col" className={`${FIGURE} max-sm:hidden`}>
              Tokens out
            </th>
            <th scope="col" className="py-1.5 text-right font-medium">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.key} line={line} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ line }: { line: TableLine }) {
  const notes = [
    line.cached > 0 ? `${line.cached.toLocaleString("en")} from the cache` : "",
    line.unsuccessful > 0 ? `${line.unsuccessful.toLocaleString("en")} without an answer` : "",
  ].filter(Boolean);
  const tokens = `${plural(line.prompt_tokens, "token")} in, ${line.completion_tokens.toLocaleString("en")} out`;
  return (
    <tr className="border-t border-line align-top tabular-nums">
      <th scope="row" className="py-2 pr-4 text-left font-medium">
        {line.title}
      </th>
      <td className="py-2 pr-4 text-right">
        {line.requests.toLocaleString("en")}
        <span className="block text-xs text-muted sm:whitespace-nowrap sm:hidden">{tokens}</span>
        {notes.map((note) => (
          <span key={note} className="block text-xs text-muted sm:whitespace-nowrap">
            {note}
          </span>
        ))}
      </td>
      <td className="py-2 pr-4 text-right max-sm:hidden">{line.prompt_tokens.toLocaleString("en")}</td>
      <td className="py-2 pr-4 text-right max-sm:hidden">{line.completion_tokens.toLocaleString("en")}</td>
      <td className="py-2 text-right sm:whitespace-nowrap">
        {line.cost_usd === null ? <span className="text-warn">not known</span> : usd(line.cost_usd)}
        {line.unpriced > 0 && (
          <span className="block text-xs text-warn">{plural(line.unpriced, "request")} without a price</span>
        )}
      </td>
    </tr>
  );
}

/** The sum in a sentence: "12 requests, of them 3 from the cache; $0.02, and 4 requests without a price". */
export function totalInWords(total: UsageFigures): string {
  const { requests, cached, cost_usd, unpriced } = total;
  const asked =
    plural(requests, "request") + (cached > 0 ? `, ${cached.toLocaleString("en")} from the cache` : "");
  if (cost_usd === null) return `${asked}; what they cost is not known`;
  return `${asked}; ${usd(cost_usd)}${unpriced > 0 ? `, and ${plural(unpriced, "request")} without a price` : ""}`;
}
