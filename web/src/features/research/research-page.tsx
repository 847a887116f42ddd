/** Research: a field for a new question, and the runs there are. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { Page } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { runQuery } from "./queries";
import { RunList } from "./run-list";
import { StartForm } from "./start-form";
import { START, wantedAgain } from "./wanted";

export function ResearchPage() {
  const { again } = useSearch({ strict: false });
  useEffect(() => {
    document.title = "Research – Answerable";
  }, []);
  return (
    <Page>
      <div className="relative h-full overflow-y-auto px-4 md:px-8">
        <div className="mx-auto max-w-3xl py-8">
          <h1 className="text-2xl font-semibold tracking-tight">Research</h1>
          <p className="mt-1 text-muted">
            Five agents look for sources, plan, write, judge and mend a report. Every sentence leads to the
            words it stands on.
          </p>
          {again ? <AgainForm key={again} run={again} /> : <StartForm first={START} />}
          <RunList />
        </div>
      </div>
    </Page>
  );
}

/** The form as it was filled in for another run. */
function AgainForm({ run }: { run: string }) {
  const found = useQuery(runQuery(run));
  if (found.isPending) return <Skeleton lines={6} label="Loading what was asked for" />;
  if (found.error)
    return (
      <>
        <div className="mt-4">
          <Failure what="What was asked for is not known any more." error={found.error} />
        </div>
        <StartForm first={START} />
      </>
    );
  return <StartForm first={wantedAgain(found.data)} />;
}
