/** How one's limits stood at the last answer; nothing before the first one. */
import { ago, duration } from "@/shared/format";
import { type Limit, limits } from "@/shared/limits";
import { useStore } from "@/shared/store";
import { Bar } from "@/shared/ui/states";

export function LimitList() {
  const known = useStore(limits);
  if (!known) return null;
  return (
    <section aria-label="Limits" className="mt-6">
      <h3 className="text-sm font-medium">
        Limits <span className="font-normal text-muted">as of your last question, {ago(known.at)}</span>
      </h3>
      <ul className="mt-3 grid gap-x-10 gap-y-4 sm:grid-cols-2">
        {known.list.map((limit) => (
          <Left key={limit.name} limit={limit} />
        ))}
      </ul>
    </section>
  );
}

const SUBJECTS: Record<string, string> = {
  key: "of this key",
  workspace: "of the workspace",
  address: "from your address",
};

const WINDOWS: Record<number, string> = { 60: "a minute", 3600: "an hour", 86400: "a day" };

function labelOf({ name, unit, window_s }: Limit): string {
  const [subject = ""] = name.split("-");
  const often = window_s === null ? "at a time" : (WINDOWS[window_s] ?? `in ${duration(window_s)}`);
  return [unit === "concurrent" ? "requests" : unit, often, SUBJECTS[subject] ?? ""]
    .filter(Boolean)
    .join(" ");
}

function Left({ limit }: { limit: Limit }) {
  const label = labelOf(limit);
  const used = Math.max(0, limit.limit - limit.remaining);
  return (
    <li className="text-sm">
      <div className="mb-1 flex items-baseline justify-between gap-4">
        <span className="first-letter:uppercase">{label}</span>
        <span className="shrink-0 text-muted tabular-nums">
          {used.toLocaleString("en")} of {limit.limit.toLocaleString("en")}
        </span>
      </div>
      <Bar value={used} total={limit.limit} label={`${label}, used`} />
    </li>
  );
}
