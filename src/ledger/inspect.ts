import { isCurrent } from "./migrate.ts";
import type { Books } from "./books.ts";

/** What can be told of the books without knowing what they mean. */
export interface Condition {
  /** What SQLite says is damaged, if anything. */
  damage: string | undefined;
  /** Tables with rows that refer to rows which are not there. */
  orphaned: string[];
  /** Nothing of the schema is older than this program. */
  isCurrent: boolean;
}

/**
 * Has SQLite check every page and every reference of the books.
 * @throws UserError when the file is somebody else's, or of a newer ccbooks.
 */
export function inspect(books: Books, path: string): Condition {
  const current = isCurrent(books, path);
  const damage = books.prepare<[], string>("PRAGMA integrity_check(1)").pluck().get();
  const orphaned = books
    .prepare<[], string>('SELECT DISTINCT "table" FROM pragma_foreign_key_check ORDER BY 1')
    .pluck()
    .all();
  return {
    damage: damage === "ok" ? undefined : damage?.replaceAll(/\s+/g, " "),
    orphaned,
    isCurrent: current,
  };
}
