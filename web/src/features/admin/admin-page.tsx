/** Administration: accounts, the topic switch, models and usage of the workspace. Others see that there is no such page. */
import * as Tabs from "@radix-ui/react-tabs";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { meQuery } from "@/shared/queries";
import { Page } from "@/shared/ui/page";
import { Failure, Skeleton } from "@/shared/ui/states";
import { Guards } from "./guards";
import { Models } from "./models";
import { Topics } from "./topics";
import { Users } from "./users";
import { WorkspaceKeys } from "./workspace-keys";
import { WorkspaceUsage } from "./workspace-usage";

export type AdminTab = "users" | "keys" | "topics" | "guards" | "models" | "usage";

/** Each part with the action that opens it. */
const PARTS: { tab: AdminTab; word: string; action: string; part: ReactNode }[] = [
  { tab: "users", word: "Users", action: "admin.users", part: <Users /> },
  { tab: "keys", word: "Keys", action: "admin.keys", part: <WorkspaceKeys /> },
  { tab: "topics", word: "Topics", action: "admin.topics", part: <Topics /> },
  { tab: "guards", word: "Guards", action: "admin.settings", part: <Guards /> },
  { tab: "models", word: "Models", action: "admin.models", part: <Models /> },
  { tab: "usage", word: "Usage", action: "admin.usage", part: <WorkspaceUsage /> },
];
const TAB =
  "min-h-11 shrink-0 border-b-2 border-transparent text-sm text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink md:min-h-9";

export function AdminPage() {
  const me = useQuery(meQuery);
  const { tab } = useSearch({ strict: false }) as { tab?: AdminTab };
  const navigate = useNavigate();
  useEffect(() => {
    document.title = "Administration – Answerable";
  }, []);
  const parts = PARTS.filter(({ action }) => me.data?.actions.includes(action));
  const shown = parts.find((part) => part.tab === tab)?.tab ?? parts[0]?.tab;
  return (
    <Page>
      <div className="relative h-full overflow-y-auto px-4 md:px-8">
        <div className="mx-auto max-w-4xl py-8">
          {me.isPending && <Skeleton lines={5} label="Loading" />}
          {me.error && (
            <Failure
              what="It is not known what you may see."
              error={me.error}
              onRetry={() => void me.refetch()}
            />
          )}
          {me.data && !shown && <Nothing />}
          {me.data && shown && (
            <>
              <h1 className="text-2xl font-semibold tracking-tight">Administration</h1>
              <p className="mt-1 text-muted">Workspace {me.data.workspace}</p>
              <Tabs.Root
                value={shown}
                onValueChange={(value) =>
                  void navigate({ to: "/admin", search: { tab: value as AdminTab }, replace: true })
                }
              >
                <Tabs.List
                  aria-label="Parts of the administration"
                  className="mt-5 flex gap-4 overflow-x-auto md:gap-6 border-b border-line"
                >
                  {parts.map((part) => (
                    <Tabs.Trigger key={part.tab} value={part.tab} className={TAB}>
                      {part.word}
                    </Tabs.Trigger>
                  ))}
                </Tabs.List>
                {parts.map((part) => (
                  <Tabs.Content key={part.tab} value={part.tab} className="pt-6">
                    {part.part}
                  </Tabs.Content>
                ))}
              </Tabs.Root>
            </>
          )}
        </div>
      </div>
    </Page>
  );
}

function Nothing() {
  return (
    <div className="py-16 text-center">
      <h1 className="text-xl font-semibold">There is no page at this address</h1>
      <p className="mt-2 text-muted">It may have been moved or deleted.</p>
      <Link to="/" className="button-primary mt-6">
        Ask a question
      </Link>
    </div>
  );
}
