/** What the workspace used: by day, and by user or model. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { UsageReport } from "@/shared/types";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { UsageBars } from "@/shared/usage/usage-bars";
import { UsageDays } from "@/shared/usage/usage-days";
import { totalInWords, UsageTable } from "@/shared/usage/usage-table";
import { workspaceUsageQuery } from "./queries";

type Sorted = "user" | "model";
const WAYS: [Sorted, string][] = [
  ["user", "By user"],
  ["model", "By model"],
];

export function WorkspaceUsage() {
  const days = useQuery(workspaceUsageQuery("day"));
  return (
    <section aria-labelledby="usage">
      <h2 id="usage" className="sr-only">
        Usage of the workspace
      </h2>
      {days.isPending && <Skeleton lines={4} label="Loading the usage" />}
      {days.error && (
        <Failure
          what="The usage could not be loaded."
          error={days.error}
          onRetry={() => void days.refetch()}
        />
      )}
      {days.data?.total.requests === 0 && <Empty title="Nothing in the last 30 days" />}
      {days.data && days.data.total.requests > 0 && (
        <>
          <p className="mb-4 text-muted">In the last 30 days: {totalInWords(days.data.total)}.</p>
          <UsageDays report={days.data} />
          <Sums />
        </>
      )}
    </section>
  );
}

function Sums() {
  const [by, setBy] = useState<Sorted>("user");
  const sums = useQuery(workspaceUsageQuery(by));
  return (
    <div className="mt-6">
      <fieldset className="flex gap-1">
        <legend className="sr-only">What is summed</legend>
        {WAYS.map(([way, word]) => (
          <button
            key={way}
            type="button"
            aria-pressed={way === by}
            className={`button-quiet ${way === by ? "bg-hover font-medium text-ink" : ""}`}
            onClick={() => setBy(way)}
          >
            {word}
          </button>
        ))}
      </fieldset>
      {sums.isPending && <Skeleton lines={3} label="Loading the sums" />}
      {sums.error && (
        <Failure
          what="The sums could not be loaded."
          error={sums.error}
          onRetry={() => void sums.refetch()}
        />
      )}
      {sums.data && (
        <div className="mt-3">
          <UsageBars label={`Shares by ${by}`} lines={lines(sums.data, by)} />
          <UsageTable
            label={`Usage by ${by}`}
            head={by === "user" ? "User" : "Model"}
            lines={lines(sums.data, by)}
          />
        </div>
      )}
    </div>
  );
}

function lines({ data }: UsageReport, by: Sorted) {
  return data.map((line) => {
    const key = line[by] ?? "";
    const nobody = by === "user" ? "an account that is gone" : "no model called";
    return {
      ...line,
      key,
      title: line.name || key || <span className="font-normal text-muted">{nobody}</span>,
    };
  });
}
