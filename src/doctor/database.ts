import { statSync } from "node:fs";

import { UserError } from "../errors.ts";
import { inspect, type Condition } from "../ledger/inspect.ts";
import { withBooks, withBooksAsTheyAre } from "../ledger/open.ts";
import { inconsistencies } from "../ledger/consistency.ts";
import { existingDatabase } from "../config/paths.ts";
import { counted, fileSize } from "../format/figures.ts";
import { failed, type Check } from "./check.ts";

/**
 * Whether the file is sound, of this schema, and its tables are the sums of its calls.
 * @returns its path as well, unless nothing more can be asked of it
 */
export async function checkDatabase(
  db: string | undefined,
): Promise<{ checks: Check[]; path: string | undefined }> {
  let path: string;
  let condition: Condition;
  try {
    path = existingDatabase(db);
    condition = await withBooksAsTheyAre(path, (books) => inspect(books, path));
  } catch (error) {
    return { checks: [failed("database", error)], path: undefined };
  }
  const database = soundness(path, condition);
  if (database.status === "fail") return { checks: [database], path: undefined };
  if (!condition.isCurrent) return { checks: [database, outdated], path: undefined };
  const schema: Check = { name: "schema", status: "ok", message: "Matches this version." };
  return { checks: [database, schema, await checkTables(path)], path };
}

function soundness(path: string, { damage, orphaned }: Condition): Check {
  const name = "database";
  if (damage !== undefined) {
    const message = `${path} is damaged (${damage}); restore it from a backup.`;
    return { name, status: "fail", message };
  }
  if (orphaned.length > 0) {
    // Deleted by hand, most likely: other programs do not mind references unless told to.
    const isDerived = orphaned.every((table) => derived.has(table));
    const remedy = isDerived ? "`ccbooks recount` puts them right" : "restore it from a backup";
    const message = `Rows of ${orphaned.join(", ")} in ${path} refer to rows that are not there; ${remedy}.`;
    return { name, status: "fail", message };
  }
  return { name, status: "ok", message: `${path} is sound (${fileSize(statSync(path).size)}).` };
}

/** The tables that refer to others and are sums of the calls. */
const derived = new Set(["model_breakdown", "project_usage", "usage_cell"]);

const outdated: Check = {
  name: "schema",
  status: "warn",
  message:
    "The books are empty or of an older ccbooks; `ccbooks stats` brings them up to date, then run this again.",
};

/** The tables people query are sums; a difference was made by hand or by a bug. */
async function checkTables(path: string): Promise<Check> {
  const name = "tables";
  try {
    const found = await withBooks(path, inconsistencies);
    if (found.length === 0) return { name, status: "ok", message: "Consistent with the calls." };
    const message = `They differ from the calls in ${counted(found.length, "row")} (${found[0]}${found.length > 1 ? ", …" : ""}); \`ccbooks recount\` puts them right.`;
    return { name, status: "fail", message };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Comparing needs room to write, though nothing is.
    return { name, status: "warn", message: `Not compared with the calls: ${error.message}` };
  }
}
