/** Every version the document had, and what changed between two of them. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { exactly, plural } from "@/shared/format";
import { textQuery } from "@/shared/queries";
import type { Version } from "@/shared/types";
import { Failure, Skeleton } from "@/shared/ui/states";
import { type DiffLine, diffLines, hunks } from "./diff";
import { versionsQuery } from "./queries";

interface VersionsProps {
  collection: string;
  id: string;
}

export function Versions({ collection, id }: VersionsProps) {
  const versions = useQuery(versionsQuery(collection, id));
  const [pair, setPair] = useState<[number, number] | null>(null);
  const all = (versions.data?.data ?? []).toSorted((a, b) => b.number - a.number);
  const [newest, older] = all;
  const [before, after] = pair ?? [older?.number, newest?.number];
  return (
    <>
      {versions.isPending && <Skeleton lines={4} label="Loading the versions" />}
      {versions.error && (
        <Failure
          what="The versions could not be loaded."
          error={versions.error}
          onRetry={() => void versions.refetch()}
        />
      )}
      <ul className="divide-y divide-line border-b border-line text-sm">
        {all.map((version) => (
          <li key={version.number} className="flex min-h-11 flex-wrap items-center gap-x-4 py-2">
            <Link
              to="/knowledge/$collection/$document"
              params={{ collection, document: id }}
              search={{ version: version.number }}
              data-nav
              className="link font-medium"
            >
              Version {version.number}
            </Link>
            <span className="text-muted">
              {exactly(version.valid_from)} to {version.valid_to ? exactly(version.valid_to) : "now"}
            </span>
            <span className="ml-auto text-muted tabular-nums">
              {plural(version.chunks, "chunk")}, {plural(version.size_chars, "character")}
            </span>
          </li>
        ))}
      </ul>
      {before !== undefined && after !== undefined && (
        <section aria-label="What changed" className="mt-6">
          <div className="flex flex-wrap items-center gap-2 text-sm">
            <span className="text-muted">What changed from</span>
            <Choose
              label="Earlier version"
              all={all}
              value={before}
              onChange={(value) => setPair([value, after])}
            />
            <span className="text-muted">to</span>
            <Choose
              label="Later version"
              all={all}
              value={after}
              onChange={(value) => setPair([before, value])}
            />
          </div>
          <Difference collection={collection} id={id} before={before} after={after} />
        </section>
      )}
      {all.length === 1 && (
        <p className="mt-4 text-sm text-muted">There is only one version, nothing to compare.</p>
      )}
    </>
  );
}

interface ChooseProps {
  label: string;
  all: Version[];
  value: number;
  onChange: (value: number) => void;
}

function Choose({ label, all, value, onChange }: ChooseProps) {
  return (
    <select
      aria-label={label}
      className="field w-auto"
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {all.map(({ number }) => (
        <option key={number} value={number}>
          version {number}
        </option>
      ))}
    </select>
  );
}

function Difference({ collection, id, before, after }: VersionsProps & { before: number; after: number }) {
  const old = useQuery(textQuery(collection, id, before));
  const now = useQuery(textQuery(collection, id, after));
  const error = old.error ?? now.error;
  if (error) return <Failure what="A version could not be loaded." error={error} />;
  if (!old.data || !now.data) return <Skeleton lines={6} label="Comparing" />;
  const lines = diffLines(old.data.text, now.data.text);
  const parts = hunks(lines);
  if (parts.length === 0) return <p className="mt-4 text-sm text-muted">The texts are equal.</p>;
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length;
  return (
    <>
      <p className="mt-3 text-sm text-muted">
        {plural(count("added"), "line")} added, {plural(count("removed"), "line")} removed
      </p>
      <div className="mt-2 overflow-hidden rounded-lg border border-line text-sm leading-relaxed">
        {parts.map((part, index) => (
          <div key={index}>
            {part.skipped > 0 && (
              <p className="bg-raised px-3 py-1 text-xs text-faint">{plural(part.skipped, "equal line")}</p>
            )}
            {part.lines.map((line, at) => (
              <Line key={at} line={line} />
            ))}
          </div>
        ))}
      </div>
    </>
  );
}

function Line({ line: { kind, text } }: { line: DiffLine }) {
  if (kind === "added") {
    return (
      <ins className="block bg-accent-soft pr-3 pl-8 -indent-5 break-words whitespace-pre-wrap no-underline">
        <span className="inline-block w-5 indent-0 font-mono text-accent">+</span>
        {text}
      </ins>
    );
  }
  if (kind === "removed") {
    return (
      <del className="block bg-bad-soft pr-3 pl-8 -indent-5 break-words whitespace-pre-wrap no-underline">
        <span className="inline-block w-5 indent-0 font-mono text-bad">−</span>
        {text}
      </del>
    );
  }
  return <div className="pr-3 pl-8 break-words whitespace-pre-wrap text-muted">{text}</div>;
}
