/** Keyword and vector rankings as columns, with lines to the fused one between them. */
import { useState } from "react";
import type { Ranked, Trace } from "@/shared/types";
import { byRank, type Line, linesBetween, titlesOf } from "./trace";

const SHOWN = 8;
const ROW = 32;
const GAP = 28;

export function Rankings({ trace }: { trace: Trace }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const titles = titlesOf(trace);
  const keyword = byRank(trace.keyword, SHOWN);
  const vector = byRank(trace.vector, SHOWN);
  const fused = byRank(trace.fused, SHOWN);
  const height = Math.max(keyword.length, vector.length, fused.length) * ROW;
  const column = { titles, chosen, onChoose: setChosen };
  return (
    <>
      <div
        className="grid text-xs"
        style={{ gridTemplateColumns: `minmax(0,1fr) ${GAP}px minmax(0,1fr) ${GAP}px minmax(0,1fr)` }}
      >
        <Column name="Keyword" ranking={keyword} {...column} />
        <Lines lines={linesBetween(keyword, fused)} height={height} chosen={chosen} />
        <Column name="Fused" ranking={fused} {...column} />
        <Lines
          lines={linesBetween(vector, fused).map(({ chunk, from, to }) => ({ chunk, from: to, to: from }))}
          height={height}
          chosen={chosen}
        />
        <Column name="Vector" ranking={vector} {...column} />
      </div>
      <details className="mt-2 text-xs text-muted">
        <summary className="min-h-8 py-1">As a table</summary>
        <table className="mt-1 w-full text-left tabular-nums">
          <thead>
            <tr>
              <th scope="col">Fused</th>
              <th scope="col">Passage</th>
              <th scope="col">Keyword</th>
              <th scope="col">Vector</th>
            </tr>
          </thead>
          <tbody>
            {fused.map(({ chunk_id, rank, keyword_rank, vector_rank }) => (
              <tr key={chunk_id} className="border-t border-line">
                <td className="pr-3">{rank}</td>
                <td className="pr-3">{titles.get(String(chunk_id)) ?? chunk_id}</td>
                <td>{keyword_rank ?? "–"}</td>
                <td>{vector_rank ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

interface ColumnProps {
  name: string;
  ranking: Ranked[];
  titles: Map<string, string>;
  chosen: string | null;
  onChoose: (chunk: string | null) => void;
}

function Column({ name, ranking, titles, chosen, onChoose }: ColumnProps) {
  return (
    <div className="min-w-0">
      <h4 className="mb-1 font-medium text-muted">{name}</h4>
      <ol>
        {ranking.map(({ chunk_id, rank, score }) => {
          const id = String(chunk_id);
          const title = titles.get(id) ?? `chunk ${id}`;
          return (
            <li key={id} style={{ height: ROW }} className="py-0.5">
              <div
                title={`${title} · chunk ${id}${score === undefined ? "" : ` · ${score.toFixed(3)}`}`}
                className={`flex h-full items-center gap-1.5 rounded border px-1.5 ${chosen === id ? "border-accent bg-accent-soft" : "border-line"}`}
                onPointerEnter={() => onChoose(id)}
                onPointerLeave={() => onChoose(null)}
              >
                <span className="text-faint tabular-nums">{rank}</span>
                <span className="truncate">{title}</span>
              </div>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** `from` is the row at the left, `to` the row at the right. */
function Lines({ lines, height, chosen }: { lines: Line[]; height: number; chosen: string | null }) {
  const middle = (row: number) => row * ROW + ROW / 2;
  return (
    <svg aria-hidden="true" className="mt-[22px]" width={GAP} height={height} fill="none">
      {lines.map(({ chunk, from, to }) => (
        <path
          key={chunk}
          d={`M0 ${middle(from)} C${GAP / 2} ${middle(from)} ${GAP / 2} ${middle(to)} ${GAP} ${middle(to)}`}
          className={chosen === chunk ? "stroke-accent" : "stroke-line-strong"}
          strokeWidth={chosen === chunk ? 2 : 1}
          opacity={chosen === null || chosen === chunk ? 1 : 0.3}
        />
      ))}
    </svg>
  );
}
