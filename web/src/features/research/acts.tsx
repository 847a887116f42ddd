/** What can be done with a run as a whole: end it, go on with it, have it again, take it along, erase it. */
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleStop, Download, PencilLine, Play, RotateCcw, Trash2 } from "lucide-react";
import { useMemo } from "react";
import { download, fileName } from "@/shared/download";
import { useKeys } from "@/shared/keys";
import { queryClient } from "@/shared/query-client";
import { type ReportForm, researchApi } from "@/shared/research-api";
import type { Run, RunStatus } from "@/shared/research-types";
import { Menu } from "@/shared/ui/menu";
import { actLater, notice } from "@/shared/undo";
import { deletionOf, keepRun, runsQuery } from "./queries";

const FORMS: [ReportForm, string][] = [
  ["pdf", "PDF"],
  ["docx", "Word"],
  ["html", "Web page"],
  ["md", "Markdown"],
];
const OPEN: RunStatus[] = ["running", "waiting"];

function tell(error: unknown): void {
  notice.set(error instanceof Error ? error.message : String(error));
}

export function Acts({ run }: { run: Run }) {
  const navigate = useNavigate();
  const cancel = useMutation({
    mutationFn: () => researchApi.cancel(run.id),
    onSuccess: keepRun,
    onError: tell,
  });
  const resume = useMutation({
    mutationFn: () => researchApi.resume(run.id),
    onSuccess: keepRun,
    onError: tell,
  });
  const replay = useMutation({
    mutationFn: () => researchApi.replay(run.id),
    onSuccess: (again) => {
      keepRun(again);
      void navigate({ to: "/research/$run", params: { run: again.id } });
    },
    onError: tell,
  });
  const save = useMutation({
    mutationFn: async (form: ReportForm) =>
      download(fileName(run.title, form), await researchApi.download(run.id, form)),
    onError: tell,
  });
  const working = run.status === "running";
  const keys = useMemo<Record<string, () => void>>(
    () => (working ? { ".": () => cancel.mutate() } : {}),
    [working, cancel.mutate],
  );
  useKeys(keys);
  return (
    <div className="-mx-2 flex flex-wrap items-center">
      {OPEN.includes(run.status) && (
        <button
          type="button"
          className="button-quiet"
          disabled={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          <CircleStop aria-hidden className="size-4" /> {working ? "Stop" : "End it"}
        </button>
      )}
      {run.status === "failed" && (
        <button
          type="button"
          className="button-quiet"
          disabled={resume.isPending}
          onClick={() => resume.mutate()}
        >
          <Play aria-hidden className="size-4" /> Go on
        </button>
      )}
      {run.has_report && !working && (
        <Menu
          label="Download the report"
          className="button-quiet"
          items={FORMS.map(([form, word]) => ({ word, onPick: () => save.mutate(form) }))}
        >
          <Download aria-hidden className="size-4" /> Download
        </Menu>
      )}
      {run.status === "done" && (
        <button
          type="button"
          className="button-quiet"
          title="The same run from its record: nobody is asked"
          disabled={replay.isPending}
          onClick={() => replay.mutate()}
        >
          <RotateCcw aria-hidden className="size-4" /> Replay
        </button>
      )}
      {!OPEN.includes(run.status) && (
        <Link
          to="/research"
          search={{ again: run.id }}
          className="button-quiet"
          title="The same question in the form, to be changed"
        >
          <PencilLine aria-hidden className="size-4" /> Again
        </Link>
      )}
      <button
        type="button"
        className="button-quiet"
        onClick={() => {
          discard(run);
          void navigate({ to: "/research" });
        }}
      >
        <Trash2 aria-hidden className="size-4" /> Delete
      </button>
    </div>
  );
}

/** Gone from the list at once, erased when the time to undo is over. */
function discard(run: Run): void {
  actLater({
    key: deletionOf(run.id),
    label: `Deleted “${run.title}”`,
    commit: async () => {
      await researchApi.remove(run.id);
      await queryClient.invalidateQueries({ queryKey: runsQuery.queryKey });
    },
  });
}
