/** The address to go to after signing in: one of our own, whatever a link says. */
export function safePath(to: string | undefined): string {
  // "//host" and "/\host" are addresses of other sites
  return to && /^\/(?![/\\])/.test(to) && !to.startsWith("/sign-in") ? to : "/";
}
