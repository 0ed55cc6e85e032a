import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { UserError } from "../errors.ts";
import { sqlFolder } from "../config/paths.ts";
import type { Books } from "./books.ts";

/** Marks a SQLite file as ccbooks' own: "ccbk". */
const APPLICATION_ID = 0x6363626b;

/**
 * Brings the schema up to date in one transaction: migrations that the file lacks, then the views
 * whose text changed. Rolls forward only.
 * @throws UserError when the file is newer than this program, or somebody else's.
 */
export function migrate(books: Books, path: string): void {
  if (isCurrent(books, path)) return;
  const upgrade = books.transaction(() => {
    const files = migrations();
    for (const file of files.slice(schemaVersion(books))) books.exec(readFileSync(file, "utf8"));
    const [broken] = books.prepare<[], { table: string }>("PRAGMA foreign_key_check").all();
    if (broken !== undefined) throw new Error(`a migration left ${broken.table} without its rows`);
    for (const view of changedViews(books)) {
      books.exec(`DROP VIEW IF EXISTS "${view.name}"; ${view.sql}`);
    }
    books.pragma(`user_version = ${files.length}`);
    books.pragma(`application_id = ${APPLICATION_ID}`);
  });
  // A table that others refer to can only be made anew while nothing is looked after.
  const wasOn = books.pragma("foreign_keys", { simple: true }) === 1;
  books.pragma("foreign_keys = OFF");
  try {
    upgrade.immediate();
  } finally {
    if (wasOn) books.pragma("foreign_keys = ON");
  }
}

/**
 * Whether the file needs nothing from `migrate`.
 * @param elsewhere what to do about a file that is somebody else's
 * @throws UserError as `migrate`.
 */
export function isCurrent(
  books: Books,
  path: string,
  elsewhere = "give another path with --db",
): boolean {
  // In one moment: another first fetch may be making the tables.
  const look = books.transaction(() => ({
    version: schemaVersion(books),
    isFilled: hasTables(books),
  }));
  const { version, isFilled } = look();
  const newest = newestSchema();
  if (version > newest) {
    throw new UserError(
      `${path} was written by a newer ccbooks (schema ${version}, this one knows ${newest}); update ccbooks to read it.`,
    );
  }
  if (version === 0 && isFilled) {
    throw new UserError(`${path} is a SQLite file, but not one of ccbooks; ${elsewhere}.`);
  }
  return version === newest && changedViews(books).length === 0;
}

function schemaVersion(books: Books): number {
  const ours = books.pragma("application_id", { simple: true }) === APPLICATION_ID;
  return ours ? Number(books.pragma("user_version", { simple: true })) : 0;
}

function hasTables(books: Books): boolean {
  return books.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() !== undefined;
}

/** The schema that this program writes. */
export function newestSchema(): number {
  return migrations().length;
}

function migrations(): string[] {
  return sqlFiles("migrations");
}

/** Views of ours whose stored text is not the file's. Views that a user added are theirs to keep. */
function changedViews(books: Books): { name: string; sql: string }[] {
  const stored = new Map(
    books
      .prepare<[], { name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_master WHERE type = 'view'",
      )
      .all()
      .map(({ name, sql }) => [name, sql]),
  );
  return sqlFiles("views")
    .map((file) => viewIn(readFileSync(file, "utf8")))
    .filter(({ name, sql }) => stored.get(name) !== sql);
}

/** A view's name and its statement as SQLite will store it: no comment before it, no semicolon. */
function viewIn(text: string): { name: string; sql: string } {
  const sql = text.slice(text.indexOf("CREATE VIEW")).trim().replace(/;$/, "");
  return { name: sql.match(/^CREATE VIEW (\w+)/)?.[1] ?? "", sql };
}

function sqlFiles(folder: string): string[] {
  const path = join(sqlFolder, folder);
  return readdirSync(path)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name) => join(path, name));
}
