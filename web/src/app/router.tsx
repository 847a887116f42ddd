/** The address of every page. Pages are loaded when first visited. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type SearchSchemaInput,
} from "@tanstack/react-router";
import { Failure, Skeleton } from "@/shared/ui/states";
import { Lost, Shell } from "./shell";

const root = createRootRoute({ component: Shell, notFoundComponent: Lost });

/** What the panel beside a chat shows: a span of a document (collection, document, version, span), or why. */
export interface ChatSearch {
  source?: { c: string; d: string; v?: number; s: number; e: number } | undefined;
  why?: string | undefined;
  q?: string | undefined;
  /** The collection to ask. */
  in?: string | undefined;
  /** A message to be brought into view. */
  at?: string | undefined;
  /** The question whose two newest answers stand side by side. */
  versus?: string | undefined;
  share?: boolean | undefined;
  temporary?: boolean | undefined;
}

function chatSearch(input: ChatSearch & SearchSchemaInput): ChatSearch {
  const search: ChatSearch = {};
  const { source } = input;
  if (source && typeof source === "object" && typeof source.d === "string") search.source = source;
  if (typeof input.why === "string") search.why = input.why;
  if (typeof input.q === "string") search.q = input.q;
  if (typeof input.in === "string") search.in = input.in;
  if (typeof input.at === "string") search.at = input.at;
  if (typeof input.versus === "string") search.versus = input.versus;
  if (input.share === true) search.share = true;
  if (input.temporary === true) search.temporary = true;
  return search;
}

const pages = {
  chat: () => import("@/features/chat/chat-page").catch(unloaded),
  collections: () => import("@/features/knowledge/collections-page").catch(unloaded),
  collection: () => import("@/features/knowledge/collection-page").catch(unloaded),
  document: () => import("@/features/knowledge/document-page").catch(unloaded),
  account: () => import("@/features/account/account-page").catch(unloaded),
  admin: () => import("@/features/admin/admin-page").catch(unloaded),
  research: () => import("@/features/research/research-page").catch(unloaded),
  run: () => import("@/features/research/run-page").catch(unloaded),
  review: () => import("@/features/review/review-page").catch(unloaded),
  signIn: () => import("@/features/account/sign-in-page").catch(unloaded),
  shared: () => import("@/features/chat/shared-page").catch(unloaded),
};

/** In our words, because the router answers the browser's by reloading: without a server that ends on a blank page. */
function unloaded(): never {
  throw new Error("The server cannot be reached, or has been updated since this page was opened.");
}

/** Fetches the code of the other pages while nothing else happens: they open at once, and without a server too. */
export function preloadPages(): void {
  for (const load of Object.values(pages)) load().catch(() => undefined);
}

const chatPage = lazyRouteComponent(pages.chat, "ChatPage");
const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: chatPage,
  validateSearch: chatSearch,
});
const conversation = createRoute({
  getParentRoute: () => root,
  path: "/c/$conversation",
  component: chatPage,
  validateSearch: chatSearch,
});

const knowledge = createRoute({
  getParentRoute: () => root,
  path: "/knowledge",
  component: lazyRouteComponent(pages.collections, "CollectionsPage"),
});
const collection = createRoute({
  getParentRoute: () => root,
  path: "/knowledge/$collection",
  component: lazyRouteComponent(pages.collection, "CollectionPage"),
});

export type DocumentTab = "text" | "versions" | "about";
export interface DocumentSearch {
  tab?: DocumentTab | undefined;
  version?: number | undefined;
  chunk?: number | undefined;
}

function documentSearch(input: DocumentSearch & SearchSchemaInput): DocumentSearch {
  const search: DocumentSearch = {};
  if (input.tab === "versions" || input.tab === "about") search.tab = input.tab;
  if (typeof input.version === "number") search.version = input.version;
  if (typeof input.chunk === "number") search.chunk = input.chunk;
  return search;
}

const document = createRoute({
  getParentRoute: () => root,
  path: "/knowledge/$collection/$document",
  component: lazyRouteComponent(pages.document, "DocumentPage"),
  validateSearch: documentSearch,
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(pages.account, "AccountPage"),
});
const ADMIN_TABS = ["users", "keys", "topics", "guards", "models", "usage"] as const;
interface AdminSearch {
  tab?: (typeof ADMIN_TABS)[number] | undefined;
}

function adminSearch(input: AdminSearch & SearchSchemaInput): AdminSearch {
  const tab = ADMIN_TABS.find((known) => known === input.tab);
  return tab ? { tab } : {};
}

const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  component: lazyRouteComponent(pages.admin, "AdminPage"),
  validateSearch: adminSearch,
});
interface ReviewSearch {
  status?: "open" | "done" | undefined;
}

const review = createRoute({
  getParentRoute: () => root,
  path: "/review",
  component: lazyRouteComponent(pages.review, "ReviewPage"),
  validateSearch: ({ status }: ReviewSearch & SearchSchemaInput): ReviewSearch =>
    status === "done" ? { status } : {},
});
const research = createRoute({
  getParentRoute: () => root,
  path: "/research",
  component: lazyRouteComponent(pages.research, "ResearchPage"),
  /** The run whose wishes the form begins with. */
  validateSearch: (
    input: { again?: string | undefined } & SearchSchemaInput,
  ): { again?: string | undefined } => (typeof input.again === "string" ? { again: input.again } : {}),
});

/** What a run's page shows: the report or the work, and beside it a passage (evidence, first, last), or why. */
export interface RunSearch {
  view?: "work" | undefined;
  place?: { e: string; s: number; f: number } | undefined;
  why?: string | undefined;
}

function runSearch({ view, place, why }: RunSearch & SearchSchemaInput): RunSearch {
  const search: RunSearch = {};
  if (view === "work") search.view = view;
  if (place && typeof place === "object" && typeof place.e === "string") search.place = place;
  if (typeof why === "string") search.why = why;
  return search;
}

const run = createRoute({
  getParentRoute: () => root,
  path: "/research/$run",
  component: lazyRouteComponent(pages.run, "RunPage"),
  validateSearch: runSearch,
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(pages.signIn, "SignInPage"),
  /** Where to go afterwards. */
  validateSearch: (input: { to?: string | undefined } & SearchSchemaInput): { to?: string | undefined } =>
    typeof input.to === "string" ? { to: input.to } : {},
});

const shared = createRoute({
  getParentRoute: () => root,
  path: "/s/$token",
  component: lazyRouteComponent(pages.shared, "SharedPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    conversation,
    knowledge,
    collection,
    document,
    account,
    admin,
    research,
    run,
    review,
    signIn,
    shared,
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: () => (
    <div className="mx-auto max-w-2xl p-8">
      <Skeleton />
    </div>
  ),
  defaultPendingMs: 150,
  defaultErrorComponent: ({ error }) => (
    <div className="mx-auto max-w-2xl p-8">
      <Failure what="This page could not be shown." error={error} onRetry={() => location.reload()} />
    </div>
  ),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
