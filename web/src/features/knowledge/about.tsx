/** What is known about a document, and the same as JSON. */
import { documentPath } from "@/shared/api";
import { exactly, plural } from "@/shared/format";
import type { Doc } from "@/shared/types";

export function About({ document }: { document: Doc }) {
  const facts: [string, string][] = [
    ["Source", document.source],
    ["Type", document.media_type],
    ["Length", plural(document.size_chars, "character")],
    ["Current version", `${document.version} of ${document.versions}`],
    ["Chunks embedded", `${document.embedded_chunks} of ${document.chunks}`],
    ["Added", exactly(document.created_at)],
    ["Changed", exactly(document.updated_at)],
    ["Id", document.id],
    ...Object.entries(document.metadata ?? {}).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ];
  return (
    <>
      {document.warnings && document.warnings.length > 0 && (
        <ul className="mb-4 rounded-lg bg-mark px-4 py-2 text-sm">
          {document.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <dl className="divide-y divide-line border-b border-line text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="flex flex-wrap gap-x-6 py-2 first:pt-0">
            <dt className="w-40 shrink-0 text-muted">{name}</dt>
            <dd className="min-w-0 flex-1 break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <a className="link mt-4 inline-block text-sm" href={documentPath(document.collection, document.id)}>
        The same as JSON
      </a>
    </>
  );
}
