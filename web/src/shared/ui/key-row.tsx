/** An API key in a list: what it is, what it may do, and its end after a second look. */
import type { UseMutationResult } from "@tanstack/react-query";
import { ago, exactly } from "@/shared/format";
import type { ApiKey } from "@/shared/types";
import { SecondLook } from "./second-look";
import { Failure } from "./states";

interface KeyRowProps {
  apiKey: ApiKey;
  /** Whose it is, where they are not the reader's own. */
  owner?: string;
  may: string;
  revoke: UseMutationResult<unknown, Error, void>;
}

export function KeyRow({ apiKey, owner, may, revoke }: KeyRowProps) {
  const { name, created_at, last_used_at, expires_at } = apiKey;
  const told = [
    ...(owner ? [owner] : []),
    `made ${ago(created_at)}`,
    last_used_at ? `used ${ago(last_used_at)}` : "never used",
    expires_at ? `ends ${exactly(expires_at)}` : "does not end",
  ];
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="font-medium break-words">{name}</p>
          <p className="text-sm break-words text-muted">{told.join(" · ")}</p>
          <p className="text-sm break-words text-muted">May: {may}</p>
        </div>
        <SecondLook
          word="Revoke"
          label={owner ? `Revoke ${name} of ${owner}` : `Revoke ${name}`}
          sure="Revoke for good"
          keep="Keep"
          danger
          disabled={revoke.isPending}
          onSure={() => revoke.mutate()}
        />
      </div>
      {revoke.error && (
        <div className="mt-2">
          <Failure what="The key was not revoked." error={revoke.error} />
        </div>
      )}
    </li>
  );
}
