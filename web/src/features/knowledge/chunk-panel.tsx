/** The chunk inspector: exactly what is indexed and embedded for one stretch of text. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "@/shared/format";
import { isWrapped } from "@/shared/spans";
import { Panel } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { chunksQuery } from "./queries";

interface ChunkPanelProps {
  collection: string;
  id: string;
  version: number;
  ordinal: number;
  onChoose: (ordinal: number) => void;
  onClose: () => void;
}

export function ChunkPanel({ collection, id, version, ordinal, onChoose, onClose }: ChunkPanelProps) {
  const chunks = useQuery(chunksQuery(collection, id, version));
  const all = chunks.data?.data ?? [];
  const at = all.findIndex((candidate) => candidate.ordinal === ordinal);
  const chunk = all[at];
  const before = all[at - 1];
  const after = all[at + 1];
  return (
    <Panel
      title={`Chunk ${ordinal}`}
      subtitle={chunk && `${plural(chunk.tokens, "token")} · version ${version}`}
      onClose={onClose}
      tools={
        <>
          <button
            type="button"
            className="button-quiet"
            aria-label="Previous chunk"
            disabled={!before}
            onClick={() => before && onChoose(before.ordinal)}
          >
            <ChevronLeft aria-hidden className="size-4" />
          </button>
          <button
            type="button"
            className="button-quiet"
            aria-label="Next chunk"
            disabled={!after}
            onClick={() => after && onChoose(after.ordinal)}
          >
            <ChevronRight aria-hidden className="size-4" />
          </button>
        </>
      }
    >
      {chunks.isPending && <Skeleton lines={6} label="Loading the chunk" />}
      {chunks.error && (
        <Failure
          what="The chunks could not be loaded."
          error={chunks.error}
          onRetry={() => void chunks.refetch()}
        />
      )}
      {chunks.data && !chunk && <p className="text-muted">This version has no chunk {ordinal}.</p>}
      {chunk && (
        <>
          <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
            <Fact name="Embedded">{chunk.embedded ? "yes" : "not yet, found by its words"}</Fact>
            <Fact name="Kind">{chunk.kind}</Fact>
            {chunk.page !== null && <Fact name="Page">{chunk.page}</Fact>}
            {chunk.heading_path.length > 0 && <Fact name="Under">{chunk.heading_path.join(" › ")}</Fact>}
            <Fact name="Characters">
              {chunk.start.toLocaleString("en")} to {chunk.end.toLocaleString("en")}
            </Fact>
            <Fact name="Id">
              <code className="font-mono text-xs break-all">{chunk.id}</code>
            </Fact>
          </dl>
          {chunk.header && (
            <>
              <h3 className="eyebrow mt-6">Header, indexed with the text</h3>
              <p className="mt-1 text-sm whitespace-pre-line text-muted">{chunk.header}</p>
            </>
          )}
          <h3 className="eyebrow mt-6">Text</h3>
          <div className="mt-1 space-y-3 text-[15px] leading-relaxed break-words">
            {chunk.text.split(/\n{2,}/).map((paragraph, index) => (
              <p key={index} className={isWrapped(paragraph) ? "" : "whitespace-pre-line"}>
                {paragraph}
              </p>
            ))}
          </div>
        </>
      )}
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 text-right tabular-nums">{children}</dd>
    </>
  );
}
