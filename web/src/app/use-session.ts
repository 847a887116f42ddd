/** Who is signed in, for the frame: leads to the sign-in page when nobody is, and keeps people's conversations apart. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { findLeftovers } from "@/features/chat/kept-here";
import { belongTo } from "@/features/chat/owner";
import { onSignedOut } from "@/shared/api";
import { limits } from "@/shared/limits";
import { meQuery } from "@/shared/queries";
import type { Me } from "@/shared/types";

export const SIGN_IN = "/sign-in";

/** Whether a page is for everybody, signed in or not. */
export function isOpenToAll(path: string): boolean {
  return path === SIGN_IN || path.startsWith("/s/");
}

/** Who asks, once it is known. */
export function useSession(path: string): Me | null {
  const { data: me } = useQuery({ ...meQuery, enabled: !isOpenToAll(path) });
  const queries = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    if (!me) return;
    const account = me.user?.id ?? null;
    if (belongTo(account)) limits.set(null);
    findLeftovers(account);
  }, [me]);
  useEffect(
    () =>
      onSignedOut(() => {
        const { pathname, search } = location;
        if (isOpenToAll(pathname)) return;
        void navigate({ to: SIGN_IN, search: { to: pathname + search } }).then(() => queries.clear());
      }),
    [navigate, queries],
  );
  return me ?? null;
}
