/** The panel beside a chat is part of the address: back closes it, reload and a sent link keep it. */
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
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

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** This entry was made by opening the panel: closing it is going back. */
    panel?: boolean | undefined;
  }
}

const CLOSED = { source: undefined, why: undefined, share: undefined };

export function useChatPanel() {
  const { source, why, share } = useSearch({ strict: false });
  const navigate = useNavigate();
  const router = useRouter();
  const open = source !== undefined || why !== undefined || share === true;

  // However many sources are looked at, one step back closes the panel.
  const show = useCallback(
    (shown: { source?: OpenSource; why?: string; share?: true }) =>
      void navigate({
        to: ".",
        search: (before) => ({ ...before, ...CLOSED, ...shown }),
        replace: open,
        state: (before) => ({ ...before, panel: open ? before.panel : true }),
      }),
    [navigate, open],
  );
  const openSource = useCallback(
    (collection: string, { document_id, version, start, end }: Address) => {
      const opened: OpenSource = { c: collection, d: document_id, s: start, e: end };
      if (version !== undefined) opened.v = version;
      show({ source: opened });
    },
    [show],
  );
  const openWhy = useCallback((turn: string) => show({ why: turn }), [show]);
  const openShare = useCallback(() => show({ share: true }), [show]);
  const close = useCallback(() => {
    if (router.state.location.state.panel) router.history.back();
    else
      void navigate({
        to: ".",
        search: (before) => ({ ...before, ...CLOSED }),
        replace: true,
      });
  }, [navigate, router]);
  return {
    source: source as OpenSource | undefined,
    why: why as string | undefined,
    share: share === true,
    openSource,
    openWhy,
    openShare,
    close,
  };
}
