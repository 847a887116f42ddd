import { TriangleAlert } from "lucide-react";
import type { Doc } from "@/shared/types";

/** Searchable at once by its words; embedded when its meaning is indexed too. */
export function DocumentStatus({
  document: { status, chunks, embedded_chunks, warnings },
}: {
  document: Doc;
}) {
  const warned = warnings && warnings.length > 0;
  const embedded = status === "embedded" || (chunks > 0 && embedded_chunks >= chunks);
  const tone = embedded ? "bg-good" : "border-2 border-warn";
  return (
    <span
      className="inline-flex items-center gap-2 align-middle"
      title={warned ? warnings.join("\n") : undefined}
    >
      <span aria-hidden className={`size-2 rounded-full ${tone}`} />
      {embedded ? "Embedded" : embedded_chunks > 0 ? `Embedding ${embedded_chunks}/${chunks}` : "Searchable"}
      {warned && (
        <>
          <TriangleAlert aria-hidden className="size-3.5 text-warn" />
          <span className="sr-only">with warnings</span>
        </>
      )}
    </span>
  );
}
