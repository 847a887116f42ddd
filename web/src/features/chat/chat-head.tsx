/** What a conversation is called, and who else may see it. */
import { Ghost, Share2 } from "lucide-react";
import { useChatPanel } from "./use-source";

export function ChatHead({ title, stored }: { title: string; stored: boolean }) {
  const { openShare } = useChatPanel();
  return (
    <header className="flex min-h-11 shrink-0 items-center gap-3 border-b border-line px-4 md:px-6">
      <h1 dir="auto" className="min-w-0 truncate text-sm font-medium">
        {title}
      </h1>
      {stored ? (
        <button type="button" className="button-quiet ml-auto -mr-2 shrink-0" onClick={openShare}>
          <Share2 aria-hidden className="size-4" /> Share
        </button>
      ) : (
        <p className="flex min-w-0 items-center gap-1.5 text-sm text-muted">
          <Ghost aria-hidden className="size-4 shrink-0" /> <span className="truncate">not stored</span>
        </p>
      )}
    </header>
  );
}
