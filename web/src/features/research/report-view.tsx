/** A report as it is read: findings, sections, contradictions, what is missing; its sources beside it. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { researchApi } from "@/shared/research-api";
import type { Decision, Report, ReportSection, Run } from "@/shared/research-types";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Blocks } from "./blocks";
import { Conflicts, Gaps, Notes } from "./margins";
import { keepRun, reportQuery } from "./queries";
import { QuoteTip, type Tip } from "./quote-tip";
import { References, ScoreBars } from "./references";
import { Rejection } from "./rejection";
import { firstPlaces, isEmpty, isSame, numbered, SUMMARY } from "./report";
import { Reading, SentenceView } from "./sentence";

interface ReportViewProps {
  run: Run;
  /** The budget ended before it was finished. */
  isPart: boolean;
}

export function ReportView({ run, isPart }: ReportViewProps) {
  const report = useQuery(reportQuery(run));
  if (report.isPending)
    return (
      <div className="mt-6">
        <Skeleton lines={10} label="Loading the report" />
      </div>
    );
  if (report.error)
    return (
      <div className="mt-6">
        <Failure
          what="The report could not be loaded."
          error={report.error}
          onRetry={() => void report.refetch()}
        />
      </div>
    );
  return (
    <>
      {run.status === "waiting" && run.waiting_for === "report" && <ReportDecision run={run} />}
      <Paper report={report.data} run={run} isPart={isPart} />
    </>
  );
}

function Paper({ report, run, isPart }: ReportViewProps & { report: Report }) {
  const [lit, setLit] = useState<number | null>(null);
  const [tip, setTip] = useState<Tip | null>(null);
  const reading = useMemo(
    () => ({ references: report.references, lit, setLit, setTip }),
    [report.references, lit],
  );
  const places = useMemo(() => firstPlaces(report), [report]);
  const cites = report.references.length > 0;
  return (
    <Reading value={reading}>
      {cites && (
        <p className="mt-3 text-xs text-faint">
          A number opens its source. A click on a sentence tells why it stands here.
        </p>
      )}
      <div className="mt-5 grid gap-x-12 gap-y-8 @4xl:grid-cols-[minmax(0,42rem)_minmax(13rem,1fr)]">
        <article aria-label={report.title} className="min-w-0 text-[17px] leading-[1.7]">
          {report.summary.length > 0 && (
            <section aria-labelledby="findings" className="mb-8 border-l-2 border-accent pl-4">
              <h2 id="findings" className="eyebrow">
                Main findings
              </h2>
              <ul className="mt-1 space-y-2">
                {report.summary.map((sentence, at) => (
                  <li key={at} dir="auto">
                    <SentenceView sentence={sentence} section={SUMMARY} number={at + 1} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {isEmpty(report) && !isPart && <Nothing run={run} />}
          {report.sections.map((section) => (
            <SectionView
              key={section.id}
              section={section}
              named={report.sections.length > 1 || !isSame(section.heading, report.title)}
            />
          ))}
          <Conflicts conflicts={report.conflicts} />
          <Gaps gaps={report.gaps} />
        </article>
        <aside
          aria-label="Sources and score"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          className="min-w-0 outline-none *:first:mt-0 @4xl:sticky @4xl:top-6 @4xl:max-h-[calc(100dvh-3rem)] @4xl:self-start @4xl:overflow-y-auto"
        >
          {cites && <References references={report.references} places={places} lit={lit} onLight={setLit} />}
          {report.score && <ScoreBars score={report.score} />}
          <Notes report={report} run={run} />
        </aside>
      </div>
      {tip && <QuoteTip {...tip} />}
    </Reading>
  );
}

/** A report in which nothing is said: what was looked in, and what may help. */
function Nothing({ run: { id, settings } }: { run: Run }) {
  const { sources, collections } = settings;
  const looked = sources.map((name) =>
    name === "collections" && collections.length > 0 ? collections.join(", ") : name,
  );
  return (
    <Empty title="Too little for a report">
      <p className="break-words">
        Looked in: {looked.join(", ") || "nothing"}. Other sources, other collections or other words may find
        more.
      </p>
      <Link to="/research" search={{ again: id }} className="button mt-4">
        Ask again, changed
      </Link>
    </Empty>
  );
}

/** Without its heading where that only repeats the title. */
function SectionView({ section, named }: { section: ReportSection; named: boolean }) {
  const numbers = useMemo(() => numbered(section), [section]);
  const Heading = section.level > 1 ? "h3" : "h2";
  const [gap, size] = section.level > 1 ? ["mt-6", "text-lg"] : ["mt-9", "text-xl"];
  return (
    <section aria-label={section.heading} className={`${gap} first:mt-0`}>
      {named && (
        <Heading dir="auto" className={`font-semibold tracking-tight break-words ${size}`}>
          {section.heading}
        </Heading>
      )}
      {section.missing && <p className="mt-2 text-muted italic">{section.missing}</p>}
      <Blocks section={section} numbers={numbers} />
    </section>
  );
}

function ReportDecision({ run }: { run: Run }) {
  const decide = useMutation({
    mutationFn: (taken: Decision) => researchApi.decide(run.id, taken),
    onSuccess: keepRun,
  });
  return (
    <section
      aria-labelledby="decision"
      className="mt-6 max-w-3xl rounded-xl border border-mark-line/60 bg-raised p-4 md:p-5"
    >
      <h2 id="decision" className="font-semibold">
        The report waits for you
      </h2>
      <p className="mt-0.5 text-sm text-muted">Read it below. It is done when you say so.</p>
      {decide.error && (
        <div className="mt-3">
          <Failure what="The decision was not taken." error={decide.error} />
        </div>
      )}
      <button
        type="button"
        className="button-primary mt-3 px-5"
        disabled={decide.isPending}
        onClick={() => decide.mutate({ decision: "approve" })}
      >
        Approve it
      </button>
      <Rejection
        what="a revision"
        hint="What should be otherwise? The editor revises it."
        pending={decide.isPending}
        onReject={(note) => decide.mutate({ decision: "reject", note })}
      />
    </section>
  );
}
