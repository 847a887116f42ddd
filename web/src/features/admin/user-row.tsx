/** One account: its role and tier change at once; taking something away asks for a second look. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/shared/api";
import { ago } from "@/shared/format";
import type { Account, AccountChange } from "@/shared/types";
import { SecondLook } from "@/shared/ui/second-look";
import { Failure } from "@/shared/ui/states";
import { LimitsForm } from "./limits-form";
import { limitsInWords } from "./own-limits";
import { PasswordOnce } from "./password-once";
import { usersQuery } from "./queries";
import { ROLES, TIERS } from "./words";

export function UserRow({ user, own }: { user: Account; own: boolean }) {
  const queries = useQueryClient();
  const [password, setPassword] = useState<string | null>(null);
  const [limiting, setLimiting] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: usersQuery.queryKey });
  const change = useMutation({
    mutationFn: (to: AccountChange) => api.admin.changeUser(user.id, to),
    onSettled: refresh,
  });
  const reset = useMutation({
    mutationFn: () => api.admin.resetPassword(user.id),
    onSuccess: (made) => setPassword(made.password ?? null),
  });
  const busy = change.isPending || reset.isPending;
  const problem = change.error ?? reset.error;
  const called = user.name || user.email;
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className={`font-medium break-words ${user.disabled ? "text-muted line-through" : ""}`}>
            {called}
          </p>
          <p className="text-sm break-words text-muted">{facts(user, own)}</p>
        </div>
        <Picked
          label={`Role of ${called}`}
          options={ROLES}
          value={user.role}
          disabled={own || busy}
          onPick={(role) => change.mutate({ role })}
        />
        <Picked
          label={`Tier of ${called}`}
          options={TIERS}
          value={user.tier}
          disabled={busy}
          onPick={(tier) => change.mutate({ tier })}
        />
        <button
          type="button"
          className="button-quiet"
          aria-label={`Limits of ${called}`}
          aria-expanded={limiting}
          onClick={() => setLimiting(!limiting)}
        >
          Limits
        </button>
        <div className="flex flex-wrap gap-x-1 md:w-76 md:justify-end">
          {!own && !user.service && !user.disabled && (
            <SecondLook
              word="New password"
              label={`New password for ${called}`}
              sure="Make it"
              keep="Keep the old"
              disabled={busy}
              onSure={() => reset.mutate()}
            />
          )}
          {!own && user.disabled && (
            <button
              type="button"
              className="button-quiet"
              aria-label={`Enable ${called}`}
              disabled={busy}
              onClick={() => change.mutate({ disabled: false })}
            >
              Enable
            </button>
          )}
          {!own && !user.disabled && (
            <SecondLook
              word="Disable"
              label={`Disable ${called}`}
              sure="Lock out"
              keep="Keep"
              danger
              disabled={busy}
              onSure={() => change.mutate({ disabled: true })}
            />
          )}
        </div>
      </div>
      {limiting && <LimitsForm user={user} onDone={() => setLimiting(false)} />}
      {password && <PasswordOnce who={called} password={password} onDone={() => setPassword(null)} />}
      {problem && (
        <div className="mt-2">
          <Failure what="The account was not changed." error={problem} />
        </div>
      )}
    </li>
  );
}

function facts(user: Account, own: boolean): string {
  return [
    user.name ? user.email : "",
    own ? "you" : "",
    user.service ? "a program" : "",
    user.disabled ? "locked out" : "",
    `since ${ago(user.created_at)}`,
    limitsInWords(user.limits),
  ]
    .filter(Boolean)
    .join(" · ");
}

interface PickedProps {
  label: string;
  options: readonly string[];
  value: string;
  disabled: boolean;
  onPick: (value: string) => void;
}

function Picked({ label, options, value, disabled, onPick }: PickedProps) {
  return (
    <select
      aria-label={label}
      className="field w-auto! shrink-0"
      value={value}
      disabled={disabled}
      onChange={(event) => onPick(event.target.value)}
    >
      {options.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}
