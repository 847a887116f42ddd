/** One's own API keys: listed, and ended after a second look. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/shared/api";
import type { ApiKey } from "@/shared/types";
import { KeyRow } from "@/shared/ui/key-row";
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
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.revokeKey(apiKey.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  return <KeyRow apiKey={apiKey} may={rights(apiKey, mine)} revoke={revoke} />;
}
