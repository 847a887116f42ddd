/** Who or what took the largest share: a bar a line, longest first. The table with all figures stands below it. */
import { type Measure, measureOf, worded } from "./days";
import type { TableLine } from "./usage-table";

interface UsageBarsProps {
  label: string;
  lines: TableLine[];
}

const SHOWN = 8;

/** What is compared: money where anything cost some, else requests. */
function measureFor(lines: TableLine[]): Measure {
  return lines.some((line) => measureOf(line, "cost") > 0) ? "cost" : "requests";
}

export function UsageBars({ label, lines }: UsageBarsProps) {
  if (lines.length < 2) return null;
  const measure = measureFor(lines);
  const longest = lines.toSorted((a, b) => measureOf(b, measure) - measureOf(a, measure)).slice(0, SHOWN);
  const most = Math.max(...longest.map((line) => measureOf(line, measure)));
  return (
    <figure aria-label={label} className="mb-4">
      <figcaption className="mb-1.5 text-xs text-faint">
        {measure === "cost" ? "Cost" : "Requests"}
        {lines.length > SHOWN && `, the ${SHOWN} largest`}
      </figcaption>
      <ul className="space-y-1.5 text-sm">
        {longest.map((line) => {
          const value = measureOf(line, measure);
          return (
            <li key={line.key} className="grid grid-cols-[minmax(0,9rem)_1fr_auto] items-center gap-3">
              <span className="truncate">{line.title}</span>
              <svg
                aria-hidden="true"
                className="h-2 w-full text-accent"
                preserveAspectRatio="none"
                viewBox="0 0 100 1"
              >
                <rect width="100" height="1" className="fill-hover" />
                <rect width={most > 0 ? (value / most) * 100 : 0} height="1" fill="currentColor" />
              </svg>
              <span className="min-w-16 text-right text-xs text-muted tabular-nums">
                {measure === "cost" && value === 0 && line.unpriced > 0
                  ? "not known"
                  : worded(value, measure)}
              </span>
            </li>
          );
        })}
      </ul>
    </figure>
  );
}
