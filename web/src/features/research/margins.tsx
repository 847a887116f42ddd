/** What a reader must know beside the text: sources that disagree, questions without an answer, how it was made. */
import { plural, usd } from "@/shared/format";
import type { Report, Run } from "@/shared/research-types";
import { SentenceView } from "./sentence";

export function Conflicts({ conflicts }: Pick<Report, "conflicts">) {
  if (conflicts.length === 0) return null;
  return (
    <section aria-labelledby="conflicts" className="mt-10">
      <h2 id="conflicts" className="text-xl font-semibold tracking-tight">
        Where sources disagree
      </h2>
      {conflicts.map(({ subject, sides }) => (
        <div key={subject} className="mt-3 overflow-x-auto rounded-lg border border-line">
          <table className="w-full text-left text-[15px] leading-normal">
            <caption dir="auto" className="bg-raised px-3.5 py-2 text-left text-sm font-medium">
              {subject}
            </caption>
            <tbody>
              {sides.map(({ value, sentence }, at) => (
                <tr key={at} className="border-t border-line">
                  <th scope="row" dir="auto" className="w-1/4 px-3.5 py-2 align-top font-semibold">
                    {value}
                  </th>
                  <td dir="auto" className="py-2 pe-3.5 align-top">
                    <SentenceView sentence={sentence} section="conflicts" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </section>
  );
}

export function Gaps({ gaps }: Pick<Report, "gaps">) {
  if (gaps.length === 0) return null;
  return (
    <section aria-labelledby="gaps" className="mt-10 first:mt-0">
      <h2 id="gaps" className="text-xl font-semibold tracking-tight">
        What the sources do not answer
      </h2>
      <ul className="mt-3 space-y-3">
        {gaps.map(({ question, queries, reason }) => (
          <li key={question}>
            <p dir="auto" className="font-medium break-words">
              {question}
            </p>
            <p className="text-sm break-words text-muted">
              {reason}
              {queries.some((query) => query !== question) && <> Looked for: {queries.join("; ")}.</>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Notes({ report: { notes, written_by, date }, run }: { report: Report; run: Run }) {
  const { seconds, tokens, usd: cost } = run.spent;
  return (
    <section aria-labelledby="made" className="mt-7">
      <h2 id="made" className="eyebrow">
        How it was made
      </h2>
      <ul className="mt-1.5 space-y-1.5 text-sm text-muted">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        <li>
          {date}, {written_by}
        </li>
        <li className="tabular-nums">
          {seconds.toFixed(1)} s of work, {plural(tokens, "token")}, {usd(cost)}
        </li>
      </ul>
    </section>
  );
}
