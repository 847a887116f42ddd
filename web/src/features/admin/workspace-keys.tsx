/** The API keys of the workspace: whose they are, what they may do, and the end of them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/shared/api";
import { ago, exactly, plural } from "@/shared/format";
import type { WorkspaceKey } from "@/shared/types";
import { SecondLook } from "@/shared/ui/second-look";
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
  const { name, scopes, created_at, last_used_at, expires_at } = apiKey;
  const times = [
    owner,
    `made ${ago(created_at)}`,
    last_used_at ? `used ${ago(last_used_at)}` : "never used",
    expires_at ? `ends ${exactly(expires_at)}` : "does not end",
  ];
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="font-medium break-words">{name}</p>
          <p className="text-sm break-words text-muted">{times.join(" · ")}</p>
          <p className="text-sm break-words text-muted">May: {scopes.join(", ")}</p>
        </div>
        <SecondLook
          word="Revoke"
          label={`Revoke ${name} of ${owner}`}
          sure="Revoke for good"
          keep="Keep"
          danger
          disabled={revoke.isPending}
          onSure={() => revoke.mutate()}
        />
      </div>
      {revoke.error && <Failure what="The key was not revoked." error={revoke.error} />}
    </li>
  );
}
