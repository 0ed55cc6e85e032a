import type { AccessToken, Role } from "../ledger/access-tokens.ts";
import { Refused } from "./refused.ts";

/** Where the server may be reached, and who may ask it from a browser. */
export interface Reach {
  /** Names that the header Host may have, besides this machine's own. */
  hosts: readonly string[];
  /** Pages of other places that may ask: their origins. */
  origins: readonly string[];
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses what a browser was made to send: a page that names itself like this machine (DNS rebinding), a page of another
 * place, and a token that stands in an address.
 * @throws Refused
 */
export function checkPlace({ url, headers }: Request, { hosts, origins }: Reach): void {
  const host = (headers.get("host") ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!LOOPBACK.has(host) && !hosts.includes(host)) {
    throw new Refused(
      421,
      "This server is not of that name; ask it by its own, or start it with --allow-host.",
    );
  }
  const origin = headers.get("origin");
  if (origin !== null && !origins.includes(origin)) {
    throw new Refused(
      403,
      "No page of another place may ask; start the server with --allow-origin.",
    );
  }
  if (
    /[?&](?:access_?token|token|api_?key|key|authorization)=/i.test(url) ||
    /ccb_[0-9a-f]{12}_/.test(url)
  ) {
    throw new Refused(
      400,
      "A token does not belong into an address; send it in the header Authorization, and revoke this one.",
    );
  }
}

/** The token of a request: `Authorization: Bearer …`. @throws Refused when there is none */
export function tokenOf(headers: Headers): string {
  const token = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (token !== undefined) return token;
  throw new Refused(
    401,
    "Every request needs a token: Authorization: Bearer TOKEN, from `ccbooks token create`.",
  );
}

/** @throws Refused when a token does not allow what it was sent for. */
export function checkRole(token: AccessToken | undefined, needed: readonly Role[]): AccessToken {
  if (token === undefined) {
    throw new Refused(
      401,
      "This token is not known, or was revoked; make one with `ccbooks token create`.",
    );
  }
  if (token.role === "admin" || needed.includes(token.role)) return token;
  throw new Refused(
    403,
    `This token is to ${token.role}; this takes one with --role ${needed[0] ?? "admin"}.`,
  );
}

/** How many requests a token may make in a second, and at once. */
const RATE = 5000;

/** Counts requests by token. */
export class RateLimit {
  readonly #left = new Map<string, { count: number; at: number }>();

  /** @throws Refused when a token asks too often. */
  check(id: string, now: number): void {
    const known = this.#left.get(id) ?? { count: RATE, at: now };
    const count = Math.min(RATE, known.count + ((now - known.at) / 1000) * RATE);
    if (count < 1)
      throw new Refused(429, "Too many requests with this token; send fewer, or batches.");
    this.#left.set(id, { count: count - 1, at: now });
  }
}
