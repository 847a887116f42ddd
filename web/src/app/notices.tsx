/** What can still be undone, what failed behind your back, and a lost server. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, onUnreachable } from "@/shared/api";
import { useStore } from "@/shared/store";
import { notice, pendingActs, undo } from "@/shared/undo";

const RETRY_MS = 3000;

export function Notices() {
  const acts = useStore(pendingActs);
  const failed = useStore(notice);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-36 z-40 flex flex-col items-center gap-2 px-4 md:right-auto md:bottom-16 md:max-w-sm md:items-start md:px-2"
    >
      {failed && (
        <Line>
          <span>{failed}</span>
          <button type="button" className="font-medium underline" onClick={() => notice.set(null)}>
            Dismiss
          </button>
        </Line>
      )}
      {acts.map((act) => (
        <Line key={act.key}>
          <span className="truncate">{act.label}</span>
          <button type="button" className="min-h-9 font-medium underline" onClick={() => undo(act.key)}>
            Undo
          </button>
        </Line>
      ))}
    </div>
  );
}

function Line({ children }: { children: React.ReactNode }) {
  return (
    <div className="pointer-events-auto flex max-w-full items-center gap-4 rounded-lg bg-ink px-4 py-1.5 text-sm text-page">
      {children}
    </div>
  );
}

/** A strip above the page while there is no server. */
export function LostServer() {
  const lost = useLostServer();
  return (
    <div role="status">
      {lost && (
        <p className="border-b border-line bg-mark px-4 py-1.5 text-center text-sm">
          The server cannot be reached. Trying again every few seconds…
        </p>
      )}
    </div>
  );
}

/** True from the first request that found no server until the server is ready again; then everything is asked anew. */
function useLostServer(): boolean {
  const [lost, setLost] = useState(false);
  const queries = useQueryClient();
  useEffect(() => onUnreachable(() => setLost(true)), []);
  useEffect(() => {
    if (!lost) return;
    const timer = setInterval(() => {
      api.ready().then(
        () => {
          setLost(false);
          void queries.invalidateQueries();
        },
        () => undefined,
      );
    }, RETRY_MS);
    return () => clearInterval(timer);
  }, [lost, queries]);
  return lost;
}
