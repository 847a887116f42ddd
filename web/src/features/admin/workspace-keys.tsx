/** The API keys of the workspace: whose they are, what they may do, and the end of them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/shared/api";
import { plural } from "@/shared/format";
import type { WorkspaceKey } from "@/shared/types";
import { KeyRow } from "@/shared/ui/key-row";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { keysQuery, usersQuery } from "./queries";

export function WorkspaceKeys() {
  const keys = useQuery(keysQuery);
  const users = useInfiniteQuery(usersQuery).data ?? [];
  const called = (id: string) => {
    const user = users.find((one) => one.id === id);
    return user ? user.name || user.email : id;
  };
  return (
    <section aria-labelledby="keys">
      <h2 id="keys" className="sr-only">
        Keys
      </h2>
      <p className="max-w-2xl text-muted">
        People make their own keys on their account page. A key that is revoked ends within two seconds, with
        the answers it is waiting for.
      </p>
      <div className="mt-5">
        {keys.isPending && <Skeleton lines={4} label="Loading the keys" />}
        {keys.error && (
          <Failure
            what="The keys could not be loaded."
            error={keys.error}
            onRetry={() => void keys.refetch()}
          />
        )}
        {keys.data?.length === 0 && <Empty title="No keys yet">No program asks in anybody's name.</Empty>}
        {keys.data && keys.data.length > 0 && (
          <>
            <p className="mb-2 text-sm text-muted">{plural(keys.data.length, "key")}</p>
            <ul aria-label="Keys" className="divide-y divide-line border-y border-line">
              {keys.data.map((key) => (
                <Row key={key.id} apiKey={key} owner={called(key.user_id)} />
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}

function Row({ apiKey, owner }: { apiKey: WorkspaceKey; owner: string }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.admin.revokeKey(apiKey.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  return <KeyRow apiKey={apiKey} owner={owner} may={apiKey.scopes.join(", ")} revoke={revoke} />;
}
