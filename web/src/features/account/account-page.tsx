/** One's own account: who one is, what was used, the keys. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { api } from "@/shared/api";
import { meQuery } from "@/shared/queries";
import type { Me } from "@/shared/types";
import { Page } from "@/shared/ui/page";
import { Empty, Failure, Skeleton } from "@/shared/ui/states";
import { Keys } from "./keys";
import { PasswordForm } from "./password-form";
import { Usage } from "./usage";

export function AccountPage() {
  const me = useQuery(meQuery);
  useEffect(() => {
    document.title = "Account – Answerable";
  }, []);
  return (
    <Page>
      <div className="relative h-full overflow-y-auto px-4 md:px-8">
        <div className="mx-auto max-w-3xl space-y-10 py-8">
          <header>
            <h1 className="text-2xl font-semibold tracking-tight">Account</h1>
            {me.data?.user && <Who me={me.data} />}
          </header>
          {me.isPending && <Skeleton lines={5} label="Loading your account" />}
          {me.error && (
            <Failure
              what="Your account could not be loaded."
              error={me.error}
              onRetry={() => void me.refetch()}
            />
          )}
          {me.data && !me.data.user && (
            <Empty title="This server has no accounts">
              Everybody who reaches it is the owner of this machine, and no limit holds.
            </Empty>
          )}
          {me.data?.user && (
            <>
              <Usage />
              <Keys scopes={me.data.scopes} />
              <PasswordForm email={me.data.user.email} />
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

function Who({ me }: { me: Me }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: (everywhere: boolean) => api.signOut(everywhere),
    onSuccess: async () => {
      await navigate({ to: "/sign-in" });
      queries.clear();
    },
  });
  const { user, role, tier, workspace } = me;
  return (
    <>
      <p className="mt-1 break-words text-muted">
        {[user?.name, user?.email].filter(Boolean).join(" · ")}
        <span className="block text-sm">
          {role}, tier {tier}, workspace {workspace}
        </span>
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <button
          type="button"
          className="button"
          disabled={leave.isPending}
          onClick={() => leave.mutate(false)}
        >
          Sign out
        </button>
        <button
          type="button"
          className="button-quiet"
          disabled={leave.isPending}
          onClick={() => leave.mutate(true)}
        >
          Sign out everywhere
        </button>
      </div>
      {leave.error && (
        <div className="mt-3">
          <Failure what="You are still signed in." error={leave.error} />
        </div>
      )}
    </>
  );
}
