/** What a click on a source does: it opens beside the conversation, or, where the reader may not open it, is pointed at. */
import { createContext, useContext } from "react";
import type { Address, Citation } from "@/shared/types";
import { isOpen, useChatPanel } from "./use-source";

interface Sources {
  open: (collection: string, citation: Citation) => void;
  isOpen: (address: Address) => boolean;
}

export const SourcesContext = createContext<Sources | null>(null);

export function useSources(): Sources {
  const { openSource, source } = useChatPanel();
  const given = useContext(SourcesContext);
  return given ?? { open: openSource, isOpen: (address) => isOpen(source, address) };
}
