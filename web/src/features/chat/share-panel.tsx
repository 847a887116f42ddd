/** Who else may see a conversation: links that end, made and withdrawn in place. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Share } from "@/shared/conversation-types";
import { conversationsApi } from "@/shared/conversations-api";
import { ago, exactly } from "@/shared/format";
import { Panel } from "@/shared/ui/page";
import { SecondLook } from "@/shared/ui/second-look";
import { Failure, Skeleton } from "@/shared/ui/states";
import { sharesQuery } from "./queries";

const LIFETIMES: [string, number][] = [
  ["1 day", 1],
  ["7 days", 7],
  ["30 days", 30],
];

export function SharePanel({ conversation, onClose }: { conversation: string; onClose: () => void }) {
  const shares = useQuery(sharesQuery(conversation));
  const links = (shares.data ?? []).filter(
    ({ revoked_at, expires_at }) => revoked_at === null && Date.parse(expires_at) > Date.now(),
  );
  return (
    <Panel title="Share" subtitle="Anybody who has the link can read, without signing in" onClose={onClose}>
      <div className="space-y-6 text-sm">
        <NewLink conversation={conversation} />
        {shares.isPending && <Skeleton lines={2} label="Loading the links" />}
        {shares.error && (
          <Failure
            what="The links could not be loaded."
            error={shares.error}
            onRetry={() => void shares.refetch()}
          />
        )}
        {links.length > 0 && (
          <section aria-label="Links">
            <h3 className="eyebrow">Links</h3>
            <ul className="mt-1 divide-y divide-line border-y border-line">
              {links.map((share) => (
                <Row key={share.id} conversation={conversation} share={share} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </Panel>
  );
}

function NewLink({ conversation }: { conversation: string }) {
  const [days, setDays] = useState(7);
  const [copied, setCopied] = useState(false);
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => conversationsApi.share(conversation, days),
    onSuccess: () => {
      setCopied(false);
      return queries.invalidateQueries({ queryKey: sharesQuery(conversation).queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const link = make.data?.token ? `${location.origin}/s/${make.data.token}` : null;
  const copy = async () => {
    if (link) await navigator.clipboard.writeText(link);
    setCopied(true);
  };
  return (
    <form onSubmit={submit}>
      <p className="text-muted">
        The link shows the conversation as it is now. What is said later stays yours; your name and address
        are not shown.
      </p>
      <div className="mt-3 flex flex-wrap items-end gap-2">
        <label className="font-medium">
          Good for
          <select
            className="field mt-1 font-normal"
            value={days}
            onChange={(event) => setDays(Number(event.target.value))}
          >
            {LIFETIMES.map(([words, value]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button-primary" disabled={make.isPending}>
          Make a link
        </button>
      </div>
      {make.error && (
        <div className="mt-3">
          <Failure what="The link was not made." error={make.error} />
        </div>
      )}
      {link && (
        <div role="status" className="mt-4 rounded-xl border border-accent/60 bg-accent-soft p-3">
          <p>Take the link now: it is not shown again.</p>
          <div className="mt-2 flex gap-2">
            <input
              readOnly
              aria-label="Link to this conversation"
              className="field min-w-0 font-mono text-xs!"
              value={link}
              onFocus={(event) => event.target.select()}
            />
            <button type="button" className="button bg-page" onClick={() => void copy()}>
              {copied ? "Copied" : "Copy"}
            </button>
          </div>
        </div>
      )}
    </form>
  );
}

function Row({ conversation, share }: { conversation: string; share: Share }) {
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => conversationsApi.withdraw(conversation, share.id),
    onSettled: () => queries.invalidateQueries({ queryKey: sharesQuery(conversation).queryKey }),
  });
  const made = ago(share.created_at);
  return (
    <li className="py-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="text-muted">
          made {made}, ends {exactly(share.expires_at)}
        </span>
        <SecondLook
          word="Withdraw"
          label={`Withdraw the link made ${made}`}
          sure="Withdraw it"
          keep="Keep"
          danger
          disabled={withdraw.isPending}
          onSure={() => withdraw.mutate()}
        />
      </div>
      {withdraw.error && <Failure what="The link still works." error={withdraw.error} />}
    </li>
  );
}
