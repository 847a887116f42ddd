/** One run: the team at work, what waits for a person, and the report with its sources. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError } from "@/shared/api";
import { capitalised } from "@/shared/format";
import type { Run, RunEvent } from "@/shared/research-types";
import { Page } from "@/shared/ui/page";
import { Failure, ProblemBox, Skeleton } from "@/shared/ui/states";
import { Acts } from "./acts";
import { OutlineEditor } from "./outline-editor";
import { PassagePanel } from "./passage-panel";
import { outlineQuery, runQuery } from "./queries";
import { isSame, parseWhy } from "./report";
import { ReportView } from "./report-view";
import { StatusMark } from "./status-mark";
import { Spent, Team } from "./team";
import { Timeline } from "./timeline";
import { type RunRecord, useEvents } from "./use-events";
import { WhyPanel } from "./why-panel";

export function RunPage() {
  const { run: id = "" } = useParams({ strict: false });
  const found = useQuery(runQuery(id));
  useEffect(() => {
    if (found.data) document.title = `${found.data.title} – Answerable`;
  }, [found.data]);
  return (
    <Page panel={found.data && <SidePanel run={found.data} />}>
      <section
        aria-label="Research"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="@container relative h-full overflow-y-auto px-4 outline-none md:px-8"
      >
        <div className="mx-auto max-w-3xl py-8 @4xl:max-w-6xl">
          <nav aria-label="Where you are" className="text-sm text-muted">
            <Link to="/research" className="hover:text-ink">
              Research
            </Link>
          </nav>
          {found.isPending && <Skeleton lines={8} label="Loading the run" />}
          {found.error && !found.data && <Closed error={found.error} onRetry={() => void found.refetch()} />}
          {found.data && <Content run={found.data} />}
        </div>
      </section>
    </Page>
  );
}

function Closed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="mt-4 max-w-3xl">
      <Failure what="The run could not be opened." error={error} {...(missing ? {} : { onRetry })}>
        {missing && (
          <Link to="/research" className="button mt-3 bg-page">
            See all reports
          </Link>
        )}
      </Failure>
    </div>
  );
}

function SidePanel({ run }: { run: Run }) {
  const { place, why } = useSearch({ strict: false });
  const navigate = useNavigate();
  const close = () =>
    void navigate({ to: ".", search: (before) => ({ ...before, place: undefined, why: undefined }) });
  const asked = why === undefined ? null : parseWhy(why);
  if (asked) return <WhyPanel run={run.id} {...asked} onClose={close} />;
  return place ? <PassagePanel run={run.id} place={place} onClose={close} /> : undefined;
}

function Content({ run }: { run: Run }) {
  // A run that was resumed goes on after its end: it is followed anew.
  const over = run.status === "done" || run.status === "failed" || run.status === "cancelled";
  const record = useEvents(run.id, over ? "over" : "open");
  const spent = record.events.find(({ kind }) => kind === "budget_spent");
  const { view } = useSearch({ strict: false });
  const shows = run.has_report && view !== "work" && run.status !== "running" ? "report" : "work";
  return (
    <>
      <header className={shows === "work" ? "max-w-3xl" : ""}>
        <Title text={run.title} />
        {!isSame(run.topic, run.title) && (
          <p dir="auto" className="mt-1 text-muted">
            {run.topic}
          </p>
        )}
        <div className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
          <p className="flex flex-wrap items-center gap-x-4 text-sm text-muted" role="status">
            <StatusMark run={run} />
            {run.replay_of && (
              <Link to="/research/$run" params={{ run: run.replay_of }} className="link">
                replay of another run
              </Link>
            )}
            {record.lost && <span className="text-warn">the connection was lost; trying again</span>}
          </p>
          <Acts run={run} />
        </div>
        {run.status === "failed" && (
          <div className="mt-4">
            <ProblemBox what="The run failed.">
              <p className="mt-0.5 break-words text-muted">{capitalised(run.error ?? "")}</p>
              <p className="mt-1 text-muted">
                “Go on” begins where it failed; nothing that was found is asked for again.
              </p>
            </ProblemBox>
          </div>
        )}
      </header>
      {spent && run.status === "done" && <Unfinished run={run} spent={spent} />}
      {run.has_report && run.status !== "running" && <Views shows={shows} />}
      {shows === "report" ? (
        <ReportView run={run} isPart={spent !== undefined} />
      ) : (
        <Work run={run} record={record} />
      )}
    </>
  );
}

const LONG = 180;

function Title({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const long = text.length > LONG;
  return (
    <>
      <h1
        dir="auto"
        className={`mt-1 text-2xl leading-snug font-semibold tracking-tight break-words ${long && !whole ? "line-clamp-3" : ""}`}
      >
        {text}
      </h1>
      {long && (
        <button
          type="button"
          className="link text-sm max-md:min-h-11"
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
        >
          {whole ? "Show less" : "Show all of it"}
        </button>
      )}
    </>
  );
}

/** What a reader of the report must know first: it is a part only. */
function Unfinished({ run, spent }: { run: Run; spent: RunEvent }) {
  return (
    <div className="mt-4 max-w-3xl">
      <ProblemBox tone="refusal" what="The budget was spent before this was finished.">
        <p className="mt-0.5 text-muted">
          {capitalised(spent.text)}. What stands was verified.{" "}
          <Link to="/research" search={{ again: run.id }} className="link">
            Ask again with another budget
          </Link>
        </p>
      </ProblemBox>
    </div>
  );
}

const VIEWS = [
  ["report", "Report"],
  ["work", "How it was made"],
] as const;

function Views({ shows }: { shows: "report" | "work" }) {
  const navigate = useNavigate();
  return (
    <fieldset className="mt-5 flex gap-1 border-b border-line pb-3">
      <legend className="sr-only">What is shown</legend>
      {VIEWS.map(([view, word]) => (
        <button
          key={view}
          type="button"
          aria-pressed={view === shows}
          className={`button-quiet px-3 ${view === shows ? "bg-hover font-medium text-ink" : ""}`}
          onClick={() =>
            void navigate({ to: ".", search: { view: view === "work" ? view : undefined }, replace: true })
          }
        >
          {word}
        </button>
      ))}
    </fieldset>
  );
}

function Work({ run, record }: { run: Run; record: RunRecord }) {
  const waits = run.status === "waiting" && run.waiting_for === "outline";
  const outline = useQuery({ ...outlineQuery(run.id), enabled: waits });
  return (
    <div className="mt-6 max-w-3xl space-y-7">
      {waits && outline.isPending && <Skeleton lines={6} label="Loading the outline" />}
      {waits && outline.error && (
        <Failure
          what="The outline could not be loaded."
          error={outline.error}
          onRetry={() => void outline.refetch()}
        />
      )}
      {waits && outline.data && (
        <OutlineEditor key={JSON.stringify(outline.data)} run={run} outline={outline.data} />
      )}
      <Team run={run} events={record.events} />
      <Spent run={run} />
      <section aria-label="Record" aria-live="polite" aria-relevant="additions">
        {record.error ? (
          <Failure what="The record could not be followed." error={record.error} />
        ) : record.events.length === 0 && run.status === "running" ? (
          <p className="after-a-moment text-sm text-muted">The researcher takes a first look…</p>
        ) : (
          <Timeline events={record.events} />
        )}
      </section>
    </div>
  );
}
