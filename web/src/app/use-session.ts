/** Who is signed in, for the frame: leads to the sign-in page when nobody is, and keeps people's conversations apart. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { belongTo } from "@/features/chat/conversations";
import { draft } from "@/features/chat/preferences";
import { onSignedOut } from "@/shared/api";
import { limits } from "@/shared/limits";
import { meQuery } from "@/shared/queries";
import type { Me } from "@/shared/types";

export const SIGN_IN = "/sign-in";

/** Who asks, once it is known. */
export function useSession(path: string): Me | null {
  const { data: me } = useQuery({ ...meQuery, enabled: path !== SIGN_IN });
  const queries = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    if (!me || !belongTo(me.user?.id ?? null)) return;
    draft.set("");
    limits.set(null);
  }, [me]);
  useEffect(
    () =>
      onSignedOut(() => {
        const { pathname, search } = location;
        if (pathname === SIGN_IN) return;
        void navigate({ to: SIGN_IN, search: { to: pathname + search } }).then(() => queries.clear());
      }),
    [navigate, queries],
  );
  return me ?? null;
}
