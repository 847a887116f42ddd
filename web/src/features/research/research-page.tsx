/** Research: a field for a new question, and the runs there are. */
import { useEffect } from "react";
import { Page } from "@/shared/ui/page";
import { RunList } from "./run-list";
import { StartForm } from "./start-form";

export function ResearchPage() {
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
          <StartForm />
          <RunList />
        </div>
      </div>
    </Page>
  );
}
