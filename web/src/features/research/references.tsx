/** Beside a report: its sources by number, and the critic's figures as small bars. */
import { useNavigate } from "@tanstack/react-router";
import { sourceName } from "@/shared/format";
import type { Reference, Report, ReportSpan } from "@/shared/research-types";
import { placeOf } from "./report";

interface ReferencesProps {
  references: Reference[];
  /** Where the report first leans on each of them. */
  places: Map<number, ReportSpan>;
  lit: number | null;
  onLight: (number: number | null) => void;
}

export function References({ references, places, lit, onLight }: ReferencesProps) {
  return (
    <section aria-labelledby="sources">
      <h2 id="sources" className="eyebrow">
        Sources
      </h2>
      <ol className="mt-1 -mx-2">
        {references.map((reference) => (
          <li
            key={reference.number}
            data-source={reference.number}
            className={`flex gap-3 rounded-lg px-2 py-1.5 text-sm transition-colors duration-100 ${lit === reference.number ? "bg-mark" : "hover:bg-hover"}`}
            onPointerEnter={() => onLight(reference.number)}
            onPointerLeave={() => onLight(null)}
          >
            <span className="w-5 shrink-0 text-right font-semibold text-accent tabular-nums">
              {reference.number}
            </span>
            <span className="min-w-0 flex-1">
              <Title reference={reference} place={places.get(reference.number)} />
              <Where reference={reference} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Title({ reference: { title }, place }: { reference: Reference; place: ReportSpan | undefined }) {
  const navigate = useNavigate();
  const look = "block text-left leading-snug font-medium break-words";
  if (!place)
    return (
      <span dir="auto" className={look}>
        {title}
      </span>
    );
  const open = () =>
    void navigate({ to: ".", search: (before) => ({ ...before, why: undefined, place: placeOf(place) }) });
  return (
    <button
      type="button"
      dir="auto"
      title="Open it at the first place that is cited"
      className={`${look} decoration-accent/40 underline-offset-2 relative before:absolute before:inset-x-0 before:-inset-y-2 hover:text-accent hover:underline`}
      onClick={open}
    >
      {title}
    </button>
  );
}

function Where({ reference: { address, authors, date, version, licence } }: { reference: Reference }) {
  const details = [authors, date, version > 1 ? `version ${version}` : "", licence]
    .filter(Boolean)
    .join(" · ");
  return (
    <span className="block text-xs break-words text-muted">
      {/^https?:\/\//.test(address) ? (
        <a href={address} target="_blank" rel="noreferrer noopener" className="link break-all">
          {address}
        </a>
      ) : (
        <span title={address}>{sourceName(address)}</span>
      )}
      {details && <span className="block">{details}</span>}
    </span>
  );
}

const MEASURES = ["support", "coverage", "structure", "balance", "freshness", "repetition"] as const;

export function ScoreBars({ score }: { score: NonNullable<Report["score"]> }) {
  return (
    <section aria-labelledby="score" className="mt-7">
      <h2 id="score" className="eyebrow">
        The critic’s judgement
      </h2>
      <p className="mt-1 text-sm">
        <span className="text-lg font-semibold tabular-nums">{score.overall.toFixed(1)}</span>{" "}
        <span className="text-muted">of 10</span>
      </p>
      <table className="mt-1 w-full text-xs text-muted">
        <tbody>
          {MEASURES.map((name) => (
            <tr key={name}>
              <th scope="row" className="w-24 py-0.5 text-left font-normal">
                {name === "repetition" ? "no repetition" : name}
              </th>
              <td className="py-0.5">
                <span aria-hidden className="block h-1.5 overflow-hidden rounded-full bg-line">
                  <span className="block h-full bg-accent" style={{ width: `${score[name] * 100}%` }} />
                </span>
              </td>
              <td className="w-10 py-0.5 text-right tabular-nums">{score[name].toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
