import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

import { UserError } from "../errors.ts";
import type { Books } from "./books.ts";

/** What a token allows: sending calls, reading what is kept, or both and budgets too. */
export const ROLES = ["record", "read", "admin"] as const;

export type Role = (typeof ROLES)[number];

/** A token as it is kept. */
export interface AccessToken {
  /** The part of the token that may be seen. */
  id: string;
  name: string;
  role: Role;
  /** Null: of any. */
  project: string | null;
  /** ISO 8601 UTC. */
  createdAt: string;
  revokedAt: string | null;
}

const COLUMNS = `id, name, role, project, created_at AS createdAt, revoked_at AS revokedAt`;

const PREFIX = "ccb";

/**
 * Makes a token. What it returns is shown once: the books keep its SHA-256.
 * @throws UserError when there is one of that name.
 */
export function createAccessToken(
  books: Books,
  { name, role, project, at }: { name: string; role: Role; project: string | null; at: string },
): string {
  const id = randomBytes(6).toString("hex");
  const token = `${PREFIX}_${id}_${randomBytes(32).toString("base64url")}`;
  const { changes } = books
    .prepare<[string, string, Role, string | null, string, string]>(
      `INSERT INTO access_token (id, name, role, project, hash, created_at)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
    )
    .run(id, name, role, project, hashOf(token).toString("hex"), at);
  if (changes === 0) {
    throw new UserError(
      `There is a token "${name}" already; give another name, or revoke it with \`ccbooks token revoke ${name}\`.`,
    );
  }
  return token;
}

/** Ends a token; its name is free again. @returns whether there was one */
export function revokeAccessToken(books: Books, name: string, at: string): boolean {
  const { changes } = books
    .prepare<[string, string]>(
      `UPDATE access_token SET revoked_at = ?, name = name || ' (' || id || ')'
       WHERE name = ? AND revoked_at IS NULL`,
    )
    .run(at, name);
  return changes > 0;
}

/** All tokens, the newest first; revoked ones too. */
export function accessTokens(books: Books): AccessToken[] {
  return books
    .prepare<[], AccessToken>(`SELECT ${COLUMNS} FROM access_token ORDER BY created_at DESC, id`)
    .all();
}

/** Compared with where there is no such token. */
const NOBODY = "0".repeat(64);

/** @returns what tells whose a token is; undefined: nobody's, or it was revoked */
export function accessTokenFinder(books: Books): (token: string) => AccessToken | undefined {
  const find = books.prepare<[string], AccessToken & { hash: string }>(
    `SELECT ${COLUMNS}, hash FROM access_token WHERE id = ? AND revoked_at IS NULL`,
  );
  return (token) => checkedToken(find.get(token.split("_", 2)[1] ?? ""), token);
}

function checkedToken(
  row: (AccessToken & { hash: string }) | undefined,
  token: string,
): AccessToken | undefined {
  // Whatever is compared, it takes the same time.
  const isIt = timingSafeEqual(Buffer.from(row?.hash ?? NOBODY, "hex"), hashOf(token));
  if (row === undefined || !isIt) return undefined;
  const { hash: _, ...found } = row;
  return found;
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
