/** The left rail: where you can go, and the conversations. */
import { Link } from "@tanstack/react-router";
import {
  BookOpen,
  CircleUserRound,
  Keyboard,
  ListChecks,
  Moon,
  PanelLeft,
  Search,
  SlidersHorizontal,
  SquarePen,
  Sun,
  Telescope,
} from "lucide-react";
import { useState } from "react";
import { ConversationList } from "@/features/chat/conversation-list";
import { FIND_KEYS } from "@/shared/keys";
import { storage, useStore } from "@/shared/store";
import { theme, toggleTheme } from "@/shared/theme";
import type { Me } from "@/shared/types";
import { Modal } from "./modal";

interface RailProps {
  /** Who asks, once it is known. */
  me: Me | null;
  onFind: () => void;
  onKeys: () => void;
}

const KEY = "answerable.rail";

export function Rail(props: RailProps) {
  const [narrow, setNarrow] = useState(() => storage.read<boolean>(KEY) ?? false);
  const toggle = () => {
    storage.write(KEY, !narrow);
    setNarrow(!narrow);
  };
  return (
    <nav
      aria-label="Main"
      className={`flex h-full flex-col border-r border-line bg-rail ${narrow ? "w-14" : "w-62"}`}
    >
      <div
        className={`flex items-center px-2 pt-3 pb-2 ${narrow ? "justify-center" : "justify-between pl-4"}`}
      >
        {!narrow && <Wordmark />}
        <button
          type="button"
          className="button-quiet"
          aria-expanded={!narrow}
          aria-label={narrow ? "Widen the menu" : "Narrow the menu"}
          onClick={toggle}
        >
          <PanelLeft aria-hidden className="size-4" />
        </button>
      </div>
      <RailContent {...props} narrow={narrow} />
    </nav>
  );
}

export function RailDrawer({ onClose, ...props }: RailProps & { onClose: () => void }) {
  return (
    <Modal
      label="Menu"
      onClose={onClose}
      className="fixed inset-y-0 left-0 m-0 h-dvh max-h-none w-72 border-0 border-r"
    >
      <nav aria-label="Main" className="flex h-full flex-col bg-rail pt-4">
        <div className="px-4 pb-2">
          <Wordmark />
        </div>
        <RailContent {...props} narrow={false} />
      </nav>
    </Modal>
  );
}

function Wordmark() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <img src="/favicon.svg" alt="" className="size-5" /> Answerable
    </span>
  );
}

const ITEM =
  "flex min-h-11 items-center gap-2.5 rounded-lg px-2.5 text-sm text-muted hover:bg-hover hover:text-ink md:min-h-8";
const HERE = { className: "bg-hover font-medium text-ink!" };

function RailContent({ narrow, me, onFind, onKeys }: RailProps & { narrow: boolean }) {
  const now = useStore(theme);
  const text = narrow ? "sr-only" : "";
  const administers = me?.role === "admin";
  const other = now === "dark" ? "Light" : "Dark";
  return (
    <>
      <ul className="space-y-0.5 px-2">
        <li>
          <Link to="/" className={ITEM} title="New chat" activeOptions={{ exact: true }} activeProps={HERE}>
            <SquarePen aria-hidden className="size-4 shrink-0" /> <span className={text}>New chat</span>
          </Link>
        </li>
        <li>
          <button type="button" className={`${ITEM} w-full`} title={`Find (${FIND_KEYS})`} onClick={onFind}>
            <Search aria-hidden className="size-4 shrink-0" />
            <span className={text}>Find</span>
            {!narrow && <kbd className="ml-auto font-sans text-xs text-faint max-md:hidden">{FIND_KEYS}</kbd>}
          </button>
        </li>
        {me?.actions.includes("research.read") && (
          <li>
            <Link to="/research" className={ITEM} title="Research" activeProps={HERE}>
              <Telescope aria-hidden className="size-4 shrink-0" /> <span className={text}>Research</span>
            </Link>
          </li>
        )}
        <li>
          <Link to="/knowledge" className={ITEM} title="Knowledge" activeProps={HERE}>
            <BookOpen aria-hidden className="size-4 shrink-0" /> <span className={text}>Knowledge</span>
          </Link>
        </li>
        {me?.actions.includes("review.read") && (
          <li>
            <Link to="/review" className={ITEM} title="Review" activeProps={HERE}>
              <ListChecks aria-hidden className="size-4 shrink-0" /> <span className={text}>Review</span>
            </Link>
          </li>
        )}
      </ul>
      <div className="mt-4 min-h-0 flex-1 overflow-y-auto px-2">{!narrow && <ConversationList />}</div>
      {(me?.user || administers) && (
        <div className="border-t border-line p-2">
          {administers && (
            <Link to="/admin" className={ITEM} title="Administration" activeProps={HERE}>
              <SlidersHorizontal aria-hidden className="size-4 shrink-0" />
              <span className={text}>Administration</span>
            </Link>
          )}
          {me?.user && (
            <Link to="/account" className={ITEM} title="Account" activeProps={HERE}>
              <CircleUserRound aria-hidden className="size-4 shrink-0" />
              <span className={narrow ? "sr-only" : "min-w-0 truncate"}>{me.user.name || me.user.email}</span>
            </Link>
          )}
        </div>
      )}
      <div className={`flex border-t border-line p-2 ${narrow ? "flex-col" : ""}`}>
        <button type="button" className="button-quiet" title={`${other} theme`} onClick={toggleTheme}>
          {now === "dark" ? <Sun aria-hidden className="size-4" /> : <Moon aria-hidden className="size-4" />}
          <span className={text}>{other}</span>
        </button>
        <button type="button" className="button-quiet" title="Keyboard (?)" onClick={onKeys}>
          <Keyboard aria-hidden className="size-4" />
          <span className={text}>Keyboard</span>
        </button>
      </div>
    </>
  );
}
