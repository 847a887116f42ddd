/** One's own API keys: listed, and ended after a second look. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/shared/api";
import { ago, exactly } from "@/shared/format";
import type { ApiKey } from "@/shared/types";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { NewKey } from "./new-key";
import { keysQuery } from "./queries";

export function Keys({ scopes }: { scopes: string[] }) {
  const keys = useQuery(keysQuery);
  return (
    <section aria-labelledby="keys">
      <h2 id="keys" className="text-lg font-semibold">
        API keys
      </h2>
      <p className="mt-1 text-muted">For programs that ask in your name. Your limits hold for all of them.</p>
      <div className="mt-4">
        {keys.isPending && <Skeleton lines={3} label="Loading your keys" />}
        {keys.error && (
          <Failure
            what="Your keys could not be loaded."
            error={keys.error}
            onRetry={() => void keys.refetch()}
          />
        )}
        {keys.data?.length === 0 && (
          <Empty title="No keys yet">Make one below for a program, a script or an SDK.</Empty>
        )}
        {keys.data && keys.data.length > 0 && (
          <ul className="divide-y divide-line border-y border-line">
            {keys.data.map((key) => (
              <Row key={key.id} apiKey={key} mine={scopes} />
            ))}
          </ul>
        )}
      </div>
      <NewKey scopes={scopes} />
    </section>
  );
}

/** "everything you may", or the list. */
function rights(key: ApiKey, mine: string[]): string {
  return mine.every((scope) => key.scopes.includes(scope)) ? "everything you may" : key.scopes.join(", ");
}

function Row({ apiKey, mine }: { apiKey: ApiKey; mine: string[] }) {
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.revokeKey(apiKey.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  const { name, created_at, last_used_at, expires_at } = apiKey;
  const times = [
    `made ${ago(created_at)}`,
    last_used_at ? `used ${ago(last_used_at)}` : "never used",
    expires_at ? `ends ${exactly(expires_at)}` : "does not end",
  ];
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="font-medium break-words">{name}</p>
          <p className="text-sm text-muted">{times.join(" · ")}</p>
          <p className="text-sm break-words text-muted">May: {rights(apiKey, mine)}</p>
        </div>
        {sure ? (
          <div className="flex gap-2">
            <button
              type="button"
              className="button-danger"
              disabled={revoke.isPending}
              onClick={() => revoke.mutate()}
            >
              Revoke for good
            </button>
            <button type="button" className="button" onClick={() => setSure(false)}>
              Keep
            </button>
          </div>
        ) : (
          <button
            type="button"
            className="button-quiet"
            aria-label={`Revoke ${name}`}
            onClick={() => setSure(true)}
          >
            Revoke…
          </button>
        )}
      </div>
      {revoke.error && (
        <div className="mt-2">
          <Failure what="The key was not revoked." error={revoke.error} />
        </div>
      )}
    </li>
  );
}
