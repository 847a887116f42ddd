/** Why this answer: the request step by step, from the same JSON that the API returns. */
import { Braces } from "lucide-react";
import { useState } from "react";
import { download } from "@/shared/download";
import { milliseconds } from "@/shared/format";
import type { Trace } from "@/shared/types";
import { Panel } from "@/shared/ui/page";
import { Empty } from "@/shared/ui/states";
import { modelName } from "./model-name";
import { Rankings } from "./rankings";
import { answererOf, settledOf } from "./request";
import { RequestTimeline } from "./request-timeline";
import { titlesOf } from "./trace";
import { citedPassages, type Turn } from "./turn";
import { Dropped, DroppedSentences, Figures, Read, Steps } from "./why-parts";

export function WhyPanel({ turn, onClose }: { turn: Turn; onClose: () => void }) {
  const [raw, setRaw] = useState(false);
  const { trace, events } = turn;
  const known = trace !== null || events.length > 0;
  return (
    <Panel
      wide
      title="Why this answer"
      subtitle={[modelName(answererOf(turn)), milliseconds(trace?.ms ?? turn.ms ?? undefined)].join(" · ")}
      onClose={onClose}
      tools={
        known && (
          <button type="button" className="button-quiet" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            <Braces aria-hidden className="size-4" /> JSON
          </button>
        )
      }
    >
      {known && raw && <Raw value={{ ...trace, events }} />}
      {!raw && (
        <div className="space-y-7 text-sm">
          {events.length > 0 && (
            <Part title="Request">
              <RequestTimeline turn={turn} />
            </Part>
          )}
          {trace ? <Retrieval turn={turn} trace={trace} /> : turn.collection !== null && <NoTrace />}
        </div>
      )}
    </Panel>
  );
}

function NoTrace() {
  return (
    <Empty title="No trace was kept for this answer">
      Only the newest ones are, and an answer from the cache has none. Ask again, and the new answer explains
      itself.
    </Empty>
  );
}

/** How the documents were searched, and what became of what was found. */
function Retrieval({ turn, trace }: { turn: Turn; trace: Trace }) {
  return (
    <>
      <Part title="Question">
        <p>{trace.question ?? turn.question}</p>
        {trace.rewritten && trace.rewritten !== trace.question && (
          <p className="mt-1 text-muted">Searched as “{trace.rewritten}”</p>
        )}
        {trace.as_of && <p className="mt-1 text-muted">As of {trace.as_of}</p>}
      </Part>
      {trace.steps && trace.steps.length > 0 && (
        <Part title="Steps">
          <Steps steps={trace.steps} />
        </Part>
      )}
      {((trace.keyword?.length ?? 0) > 0 || (trace.vector?.length ?? 0) > 0) && (
        <Part title="Two rankings become one">
          <Rankings trace={trace} />
        </Part>
      )}
      {trace.confidence && (
        <Part title="Confidence">
          <Figures confidence={trace.confidence} />
        </Part>
      )}
      {trace.context && trace.context.length > 0 && (
        <Part title="Passages read for the answer">
          <Read context={trace.context} titles={titlesOf(trace)} cited={citedPassages(turn)} />
        </Part>
      )}
      {trace.dropped && trace.dropped.length > 0 && (
        <Part title="Passages left out">
          <Dropped dropped={trace.dropped} titles={titlesOf(trace)} />
        </Part>
      )}
      {trace.dropped_sentences && trace.dropped_sentences.length > 0 && (
        <Part title="Sentences left out">
          <DroppedSentences sentences={trace.dropped_sentences} />
        </Part>
      )}
      {!settledOf(turn) && trace.usage && Object.keys(trace.usage).length > 0 && (
        <Part title="Usage">
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            {Object.entries(trace.usage).map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="text-muted">{name.replaceAll("_", " ")}</dt>
                <dd className="text-right tabular-nums">{String(value)}</dd>
              </div>
            ))}
          </dl>
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="eyebrow mb-2">{title}</h3>
      {children}
    </section>
  );
}

function Raw({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2);
  const save = () => download("trace.json", new Blob([text], { type: "application/json" }));
  return (
    <>
      <div className="mb-3 flex gap-2">
        <button type="button" className="button" onClick={() => void navigator.clipboard.writeText(text)}>
          Copy
        </button>
        <button type="button" className="button" onClick={save}>
          Download
        </button>
      </div>
      <pre className="overflow-x-auto font-mono text-xs leading-relaxed">{text}</pre>
    </>
  );
}
