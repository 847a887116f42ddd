/** The accounts of the workspace. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { plural } from "@/shared/format";
import { meQuery } from "@/shared/queries";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { NewUser } from "./new-user";
import { usersQuery } from "./queries";
import { UserRow } from "./user-row";

export function Users() {
  const users = useInfiniteQuery(usersQuery);
  const me = useQuery(meQuery);
  return (
    <section aria-labelledby="users">
      <h2 id="users" className="sr-only">
        Users
      </h2>
      <NewUser />
      <div className="mt-8">
        {users.isPending && <Skeleton lines={5} label="Loading the accounts" />}
        {users.error && (
          <Failure
            what="The accounts could not be loaded."
            error={users.error}
            onRetry={() => void users.refetch()}
          />
        )}
        {users.data?.length === 0 && (
          <Empty title="No accounts yet">Everybody who reaches this server is its owner.</Empty>
        )}
        {users.data && users.data.length > 0 && (
          <>
            <p className="mb-2 text-sm text-muted">
              {plural(users.data.length, "account")}
              {users.hasNextPage && " so far"}
            </p>
            <ul aria-label="Accounts" className="divide-y divide-line border-y border-line">
              {users.data.map((user) => (
                <UserRow key={user.id} user={user} own={user.id === me.data?.id} />
              ))}
            </ul>
          </>
        )}
        {users.hasNextPage && (
          <button
            type="button"
            className="button mt-4"
            disabled={users.isFetchingNextPage}
            onClick={() => void users.fetchNextPage()}
          >
            Show more
          </button>
        )}
      </div>
    </section>
  );
}
