/** What was used, by day and by model, and how one's limits stand. */
import { useQuery } from "@tanstack/react-query";
import type { UsageReport } from "@/shared/types";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { UsageBars } from "@/shared/usage/usage-bars";
import { UsageDays } from "@/shared/usage/usage-days";
import { totalInWords, UsageTable } from "@/shared/usage/usage-table";
import { LimitList } from "./limit-list";
import { usageQuery } from "./queries";

export function Usage() {
  const days = useQuery(usageQuery("day"));
  const models = useQuery(usageQuery("model"));
  const failed = days.error ?? models.error;
  return (
    <section aria-labelledby="usage">
      <h2 id="usage" className="text-lg font-semibold">
        Usage
      </h2>
      {!failed && (days.isPending || models.isPending) && <Skeleton lines={3} label="Loading your usage" />}
      {failed && (
        <Failure
          what="Your usage could not be loaded."
          error={failed}
          onRetry={() => {
            void days.refetch();
            void models.refetch();
          }}
        />
      )}
      {days.data && models.data && <Told days={days.data} models={models.data} />}
      <LimitList />
    </section>
  );
}

function Told({ days, models }: { days: UsageReport; models: UsageReport }) {
  if (days.total.requests === 0)
    return (
      <div className="mt-4">
        <Empty title="Nothing in the last 30 days">What you ask will be counted here.</Empty>
      </div>
    );
  const lines = models.data.map((line) => ({
    ...line,
    key: line.model ?? "",
    title: line.model || <span className="font-normal text-muted">no model called</span>,
  }));
  return (
    <>
      <p className="mt-1 text-muted">In the last 30 days: {totalInWords(days.total)}.</p>
      <div className="mt-4 space-y-5">
        <UsageDays report={days} />
        <div>
          <UsageBars label="Shares by model" lines={lines} />
          <UsageTable label="Usage by model" head="Model" lines={lines} />
        </div>
      </div>
    </>
  );
}
