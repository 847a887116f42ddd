/** Usage by day: a bar a day, and the table behind it. */
import { useState } from "react";
import type { UsageReport } from "@/shared/types";
import { type Day, daysOf, dayWord, type Measure, measureOf, summary, worded } from "./days";
import { UsageTable } from "./usage-table";

const MEASURES: [Measure, string][] = [
  ["requests", "Requests"],
  ["tokens", "Tokens"],
  ["cost", "Cost"],
];

export function UsageDays({ report }: { report: UsageReport }) {
  const [measure, setMeasure] = useState<Measure>("requests");
  const days = daysOf(report);
  return (
    <div>
      <fieldset className="flex gap-1">
        <legend className="sr-only">What the bars show</legend>
        {MEASURES.map(([name, word]) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === measure}
            className={`button-quiet ${name === measure ? "bg-hover font-medium text-ink" : ""}`}
            onClick={() => setMeasure(name)}
          >
            {word}
          </button>
        ))}
      </fieldset>
      <Bars days={days} measure={measure} />
      {measure === "cost" && report.total.unpriced > 0 && (
        <p className="mt-1 text-xs text-warn">
          Days with a mark had requests without a price, which are not in the bars.
        </p>
      )}
      <details className="mt-1 text-sm">
        <summary className="min-h-11 py-2 text-muted md:min-h-8 md:py-1">The days as a table</summary>
        <UsageTable
          label="Usage by day"
          head="Day (UTC)"
          lines={days
            .filter(({ requests }) => requests > 0)
            .map((day) => ({ ...day, key: day.day, title: dayWord(day.day) }))}
        />
      </details>
    </div>
  );
}

function Bars({ days, measure }: { days: Day[]; measure: Measure }) {
  const most = Math.max(...days.map((day) => measureOf(day, measure)), 0);
  const first = days[0];
  const last = days.at(-1);
  return (
    <figure className="mt-2">
      <div className="mb-1 text-xs text-faint tabular-nums">{most > 0 ? worded(most, measure) : " "}</div>
      <div
        role="img"
        aria-label={summary(days, measure)}
        className="flex h-28 items-end gap-px border-y border-line sm:gap-0.5"
      >
        {days.map((day) => {
          const value = measureOf(day, measure);
          const share = most > 0 ? value / most : 0;
          return (
            <div
              key={day.day}
              title={`${dayWord(day.day)}: ${worded(value, measure)}`}
              className="relative flex h-full flex-1 flex-col justify-end hover:bg-hover"
            >
              {measure === "cost" && day.unpriced > 0 && (
                <span className="mx-auto mb-0.5 size-1.5 rounded-full bg-warn" />
              )}
              {value > 0 && (
                <div className="min-h-0.5 rounded-t-sm bg-accent" style={{ height: `${share * 88}%` }} />
              )}
            </div>
          );
        })}
      </div>
      {first && last && (
        <figcaption className="mt-1 flex justify-between text-xs text-faint">
          <span>{dayWord(first.day)}</span>
          <span>{dayWord(last.day)}</span>
        </figcaption>
      )}
    </figure>
  );
}
