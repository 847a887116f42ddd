/** Adding an account. The server makes its first password. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "@/shared/api";
import { Failure } from "@/shared/ui/states";
import { PasswordOnce } from "./password-once";
import { usersQuery } from "./queries";
import { ROLES, TIERS } from "./words";

const BLANK = { email: "", name: "", role: "member", tier: "free" };

export function NewUser() {
  const [fields, setFields] = useState(BLANK);
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      api.admin.createUser({ ...fields, email: fields.email.trim(), name: fields.name.trim() }),
    onSuccess: () => {
      setFields(BLANK);
      void queries.invalidateQueries({ queryKey: usersQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (fields.email.trim()) add.mutate();
  };
  const set = (change: Partial<typeof BLANK>) => setFields({ ...fields, ...change });
  return (
    <>
      <form className="flex flex-wrap items-end gap-2" onSubmit={submit}>
        <label className="min-w-0 flex-1 basis-52 text-sm font-medium">
          E-mail of the new account
          <input
            className="field mt-1 font-normal"
            type="email"
            autoComplete="off"
            maxLength={300}
            required
            value={fields.email}
            onChange={(event) => set({ email: event.target.value })}
          />
        </label>
        <label className="min-w-0 flex-1 basis-64 text-sm font-medium">
          Name
          <input
            className="field mt-1 font-normal"
            autoComplete="off"
            maxLength={200}
            value={fields.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        </label>
        <Choice label="Role" options={ROLES} value={fields.role} onPick={(role) => set({ role })} />
        <Choice label="Tier" options={TIERS} value={fields.tier} onPick={(tier) => set({ tier })} />
        <button type="submit" className="button" disabled={!fields.email.trim() || add.isPending}>
          Add
        </button>
      </form>
      {add.data?.password && (
        <PasswordOnce who={add.data.name || add.data.email} password={add.data.password} onDone={add.reset} />
      )}
      {add.error && (
        <div className="mt-3">
          <Failure what="The account was not made." error={add.error} />
        </div>
      )}
    </>
  );
}

interface ChoiceProps {
  label: string;
  options: readonly string[];
  value: string;
  onPick: (value: string) => void;
}

function Choice({ label, options, value, onPick }: ChoiceProps) {
  return (
    <label className="text-sm font-medium">
      {label}
      <select
        className="field mt-1 font-normal"
        value={value}
        onChange={(event) => onPick(event.target.value)}
      >
        {options.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}
