import { afterEach, expect, test, vi } from "vitest";
import { api, onSignedOut } from "./api";

/** Replies by path; each may be used once, in order. */
function server(replies: [path: string, status: number][]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const at = replies.findIndex(([wanted]) => wanted === path);
    const [reply] = at === -1 ? [] : replies.splice(at, 1);
    return new Response(JSON.stringify({ data: [] }), { status: reply?.[1] ?? 404 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("an expired session is renewed and the request sent again", async () => {
  const asked = server([
    ["/v1/models", 401],
    ["/v1/auth/refresh", 200],
    ["/v1/models", 200],
  ]);
  await expect(api.models()).resolves.toEqual({ data: [] });
  expect(asked).toEqual(["/v1/models", "/v1/auth/refresh", "/v1/models"]);
});

test("requests that find it expired at the same time renew it once", async () => {
  const asked = server([
    ["/v1/models", 401],
    ["/v1/collections", 401],
    ["/v1/auth/refresh", 200],
    ["/v1/models", 200],
    ["/v1/collections", 200],
  ]);
  await Promise.all([api.models(), api.collections()]);
  expect(asked.filter((path) => path === "/v1/auth/refresh")).toHaveLength(1);
});

test("a session that is over is told once, and the request fails", async () => {
  server([
    ["/v1/models", 401],
    ["/v1/auth/refresh", 401],
  ]);
  const told = vi.fn();
  const forget = onSignedOut(told);
  await expect(api.models()).rejects.toMatchObject({ status: 401 });
  expect(told).toHaveBeenCalledTimes(1);
  forget();
});

test("a wrong password is no expired session", async () => {
  const asked = server([["/v1/auth/sign-in", 401]]);
  await expect(api.signIn("ann@example.org", "x")).rejects.toMatchObject({ status: 401 });
  expect(asked).toEqual(["/v1/auth/sign-in"]);
});

test("a server that stumbles while renewing does not sign anybody out", async () => {
  server([
    ["/v1/models", 401],
    ["/v1/auth/refresh", 503],
  ]);
  const told = vi.fn();
  const forget = onSignedOut(told);
  await expect(api.models()).rejects.toMatchObject({ status: 401 });
  expect(told).not.toHaveBeenCalled();
  forget();
});
