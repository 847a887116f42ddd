/** What was used and how much is left. */
import { useQuery } from "@tanstack/react-query";
import { duration, plural, usd } from "@/shared/format";
import type { Limit, ModelUsage } from "@/shared/types";
import { Bar, Failure, Skeleton } from "@/shared/ui/states";
import { usageQuery } from "./queries";

export function Usage() {
  const usage = useQuery(usageQuery);
  if (usage.data === null) return null;
  return (
    <section aria-labelledby="usage">
      <h2 id="usage" className="text-lg font-semibold">
        Usage
      </h2>
      {usage.isPending && <Skeleton lines={3} label="Loading your usage" />}
      {usage.error && (
        <Failure
          what="Your usage could not be loaded."
          error={usage.error}
          onRetry={() => void usage.refetch()}
        />
      )}
      {usage.data && (
        <>
          <p className="mt-1 text-muted">
            {plural(usage.data.requests, "request")} and {usd(usage.data.cost_usd)} in the last{" "}
            {plural(usage.data.days, "day")}
          </p>
          {usage.data.limits.length > 0 && (
            <ul className="mt-4 grid gap-x-10 gap-y-4 sm:grid-cols-2">
              {usage.data.limits.map((limit) => (
                <Left key={limit.name} limit={limit} />
              ))}
            </ul>
          )}
          {usage.data.models.length > 0 && <Models models={usage.data.models} />}
        </>
      )}
    </section>
  );
}

function Left({ limit }: { limit: Limit }) {
  const label = limit.name.replaceAll("_", " ");
  const used = Math.max(0, limit.limit - limit.remaining);
  const figure = (value: number) =>
    limit.unit === "usd" ? usd(value) : Math.round(value).toLocaleString("en");
  return (
    <li className="text-sm">
      <div className="mb-1 flex items-baseline justify-between gap-4">
        <span className="font-medium">{label}</span>
        <span className="text-muted tabular-nums">
          {figure(used)} of {figure(limit.limit)}
        </span>
      </div>
      <Bar value={used} total={limit.limit} label={`${label} used`} />
      {limit.reset_s > 0 && used > 0 && (
        <p className="mt-1 text-xs text-muted">free again in {duration(limit.reset_s)}</p>
      )}
    </li>
  );
}

function Models({ models }: { models: ModelUsage[] }) {
  return (
    <section
      aria-label="Usage by model"
      className="mt-5 overflow-x-auto"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-faint">
            <th className="py-1.5 pr-4 font-medium">Model</th>
            <th className="py-1.5 pr-4 text-right font-medium">Requests</th>
            <th className="py-1.5 pr-4 text-right font-medium">Tokens in</th>
            <th className="py-1.5 pr-4 text-right font-medium">Tokens out</th>
            <th className="py-1.5 text-right font-medium">Cost</th>
          </tr>
        </thead>
        <tbody>
          {models.map((one) => (
            <tr key={one.model} className="border-t border-line tabular-nums">
              <th scope="row" className="py-2 pr-4 text-left font-medium whitespace-nowrap">
                {one.model}
              </th>
              <td className="py-2 pr-4 text-right">{one.requests.toLocaleString("en")}</td>
              <td className="py-2 pr-4 text-right">{one.prompt_tokens.toLocaleString("en")}</td>
              <td className="py-2 pr-4 text-right">{one.completion_tokens.toLocaleString("en")}</td>
              <td className="py-2 text-right">
                {usd(one.cost_usd)}
                {(one.unpriced_requests ?? 0) > 0 && (
                  <span className="block text-xs text-warn">
                    {plural(one.unpriced_requests ?? 0, "request")} without a price
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
