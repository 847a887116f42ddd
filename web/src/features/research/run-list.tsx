/** The runs there are, newest first: where each stands and what it took. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ago, exactly, usd } from "@/shared/format";
import type { Run } from "@/shared/research-types";
import { useStore } from "@/shared/store";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { pendingActs } from "@/shared/undo";
import { deletionOf, runsQuery, teamsQuery } from "./queries";
import { StatusMark } from "./status-mark";
import { FIVE } from "./wanted";

export function RunList() {
  const runs = useInfiniteQuery(runsQuery);
  const going = useStore(pendingActs).map(({ key }) => key);
  const shown = runs.data?.filter((run) => !going.includes(deletionOf(run.id)));
  return (
    <section aria-labelledby="runs" className="mt-10">
      <h2 id="runs" className="font-semibold">
        Reports
      </h2>
      <div className="mt-2">
        {runs.isPending && <Skeleton lines={5} label="Loading the runs" />}
        {runs.error && (
          <Failure
            what="The runs could not be loaded."
            error={runs.error}
            onRetry={() => void runs.refetch()}
          />
        )}
        {shown?.length === 0 && (
          <Empty title="No reports yet">
            Ask something above. A report over your documents takes seconds.
          </Empty>
        )}
        {shown && shown.length > 0 && (
          <ul className="divide-y divide-line border-y border-line">
            {shown.map((run) => (
              <Row key={run.id} run={run} />
            ))}
          </ul>
        )}
        {runs.hasNextPage && (
          <button
            type="button"
            className="button mt-4"
            disabled={runs.isFetchingNextPage}
            onClick={() => void runs.fetchNextPage()}
          >
            Show more
          </button>
        )}
      </div>
    </section>
  );
}

function Row({ run }: { run: Run }) {
  const teams = useQuery(teamsQuery).data ?? [];
  const teamTitle = (name: string) => teams.find((one) => one.name === name)?.title ?? name;
  const cost = Number(run.spent.usd);
  return (
    <li>
      <Link
        to="/research/$run"
        params={{ run: run.id }}
        data-nav
        className="grid grid-cols-[1fr_auto] items-baseline gap-x-6 gap-y-0.5 rounded-lg px-2 py-3 hover:bg-hover"
      >
        <span dir="auto" className="line-clamp-2 font-medium break-words max-sm:col-span-2 sm:line-clamp-1">
          {run.title}
        </span>
        <span className="text-right text-sm text-muted max-sm:hidden" title={exactly(run.created_at)}>
          {ago(run.created_at)}
        </span>
        <span className="flex flex-wrap gap-x-3 text-sm text-muted">
          <StatusMark run={run} />
          {run.settings.team !== FIVE && <span>{teamTitle(run.settings.team)}</span>}
          {run.replay_of && <span>replay</span>}
        </span>
        <span className="text-right text-sm whitespace-nowrap text-muted tabular-nums">
          <span className="sm:hidden">{ago(run.created_at)} · </span>
          {cost > 0 ? usd(cost) : `${run.spent.seconds.toFixed(1)} s`}
        </span>
      </Link>
    </li>
  );
}
