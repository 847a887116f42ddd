/** The frame around every page: rail, notices, keyboard. */
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Menu, SquarePen } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { moveFocus, openFocused, useKeys } from "@/shared/keys";
import { Finder } from "./finder";
import { LostServer, Notices } from "./notices";
import { Rail, RailDrawer } from "./rail";
import { ShortcutList } from "./shortcut-list";
import { isOpenToAll, useSession } from "./use-session";

export function Shell() {
  const [open, setOpen] = useState<"finder" | "keys" | "rail" | null>(null);
  const close = () => setOpen(null);
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });

  const me = useSession(path);

  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes whatever covered the page
  useEffect(() => setOpen(null), [path]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      setOpen("finder");
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  const keys = useMemo(
    () => ({
      "/": () => {
        const question = document.getElementById("question");
        if (question) question.focus();
        else void navigate({ to: "/" });
      },
      "?": () => setOpen("keys"),
      j: () => moveFocus(1),
      k: () => moveFocus(-1),
      o: openFocused,
    }),
    [navigate],
  );
  useKeys(keys);

  if (isOpenToAll(path))
    return (
      <main className="h-dvh">
        <LostServer />
        <Outlet />
      </main>
    );
  return (
    <div className="relative flex h-dvh flex-col overflow-clip md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <header className="flex items-center justify-between border-b border-line px-2 md:hidden">
        <button type="button" className="button-quiet" aria-label="Open menu" onClick={() => setOpen("rail")}>
          <Menu aria-hidden className="size-5" />
        </button>
        <span className="font-semibold">Answerable</span>
        <Link to="/" className="button-quiet" aria-label="New chat">
          <SquarePen aria-hidden className="size-5" />
        </Link>
      </header>
      <div className="hidden md:block">
        <Rail me={me} onFind={() => setOpen("finder")} onKeys={() => setOpen("keys")} />
      </div>
      <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <LostServer />
        <div className="min-h-0 flex-1">
          <Outlet />
        </div>
      </main>
      {open === "rail" && (
        <RailDrawer me={me} onClose={close} onFind={() => setOpen("finder")} onKeys={() => setOpen("keys")} />
      )}
      {open === "finder" && <Finder onClose={close} />}
      {open === "keys" && <ShortcutList onClose={close} />}
      <Notices />
    </div>
  );
}

export function Lost() {
  return (
    <div className="mx-auto max-w-xl px-6 py-24 text-center">
      <h1 className="text-xl font-semibold">There is no page at this address</h1>
      <p className="mt-2 text-muted">It may have been moved or deleted.</p>
      <Link to="/" className="button-primary mt-6">
        Ask a question
      </Link>
    </div>
  );
}
