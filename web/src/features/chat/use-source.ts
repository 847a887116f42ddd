/** The panel beside a chat is part of the address: back closes it, reload and a sent link keep it. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Address } from "@/shared/types";

export interface OpenSource {
  c: string;
  d: string;
  v?: number;
  s: number;
  e: number;
}

/** Whether the panel shows this passage. */
export function isOpen(source: OpenSource | undefined, { document_id, start, end }: Address): boolean {
  return source?.d === document_id && source.s === start && source.e === end;
}

export function useChatPanel() {
  const { source, why } = useSearch({ strict: false });
  const navigate = useNavigate();

  const openSource = useCallback(
    (collection: string, { document_id, version, start, end }: Address) => {
      const opened: OpenSource = { c: collection, d: document_id, s: start, e: end };
      if (version !== undefined) opened.v = version;
      void navigate({ to: ".", search: (before) => ({ ...before, why: undefined, source: opened }) });
    },
    [navigate],
  );
  const openWhy = useCallback(
    (turn: string) =>
      void navigate({ to: ".", search: (before) => ({ ...before, source: undefined, why: turn }) }),
    [navigate],
  );
  const close = useCallback(
    () => void navigate({ to: ".", search: (before) => ({ ...before, source: undefined, why: undefined }) }),
    [navigate],
  );
  return {
    source: source as OpenSource | undefined,
    why: why as string | undefined,
    openSource,
    openWhy,
    close,
  };
}
