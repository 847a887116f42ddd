/** The text of one version, with the borders of its chunks. */
import { useQuery } from "@tanstack/react-query";
import { textQuery } from "@/shared/queries";
import { Reader } from "@/shared/reader/reader";
import { Failure, Skeleton } from "@/shared/ui/states";
import { chunksQuery } from "./queries";

interface DocumentTextProps {
  collection: string;
  id: string;
  version: number;
  newest: number;
  selected: number | null;
  onChunk: (ordinal: number) => void;
  onVersion: (version: number) => void;
}

export function DocumentText(props: DocumentTextProps) {
  const { collection, id, version, newest, selected, onChunk, onVersion } = props;
  const text = useQuery(textQuery(collection, id, version));
  const chunks = useQuery(chunksQuery(collection, id, version)).data?.data;
  const chosen = chunks?.find(({ ordinal }) => ordinal === selected);
  return (
    <>
      {version !== newest && (
        <p role="status" className="mb-4 rounded-lg bg-mark px-4 py-2 text-sm">
          This is version {version}.{" "}
          <button type="button" className="font-medium underline" onClick={() => onVersion(newest)}>
            Show the current one
          </button>
        </p>
      )}
      {text.isPending && <Skeleton lines={10} label="Loading the text" />}
      {text.error && (
        <Failure
          what="The text could not be loaded."
          error={text.error}
          onRetry={() => void text.refetch()}
        />
      )}
      {text.data && (
        <Reader
          document={text.data}
          mark={chosen ? { start: chosen.start, end: chosen.end } : null}
          selected={selected}
          soft
          onChunk={onChunk}
          {...(chunks ? { chunks } : {})}
        />
      )}
    </>
  );
}
