import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { sqlFolder } from "../../src/config/paths.ts";
import { ALL, selectionSql } from "../../src/readers/selection.ts";

/** The questions of `sql/`, as readers ask them. */

/** A selection by project and model is of the largest table that holds sums. */
export const selection = `WITH selection AS (${selectionSql(ALL, ["project", "model"])})`;

/** What is asked of a date or a session is asked of its days, as `part`. */
const whyOf = (of: "date" | "session"): string => `
  WITH part AS (${textOf("why", `days_of_${of}.sql`)}),
  figure AS (${textOf("why", "figures.sql")}),
  source AS (${textOf("why", `transcripts_of_${of}.sql`)})`;

/** Every question, as it is asked. */
export const questions = [
  ...[
    "audit",
    "bill",
    "budget",
    "doctor",
    "export",
    "machine",
    "recorded",
    "revisions",
    "runs",
    "session",
    "statusline",
    "telemetry",
  ].flatMap((folder) =>
    filesIn(folder).map((file) => ({ file: `${folder}/${file}`, sql: textOf(folder, file) })),
  ),
  ...(["date", "session"] as const).flatMap((of) =>
    filesIn("why").map((file) => ({
      file: `why/${file} of a ${of}`,
      sql: `${whyOf(of)} SELECT * FROM (${textOf("why", file)})`,
    })),
  ),
  // Asked of the calls that a command is about.
  ...filesIn("calls").map((file) => ({
    file: `calls/${file}`,
    sql: `
      WITH chosen AS (SELECT * FROM call_log WHERE source = :source AND date BETWEEN :since AND :until),
      summed AS (SELECT *, is_call AS calls, is_call = 1 AND is_success = 0 AS failed_calls FROM chosen)
      SELECT * FROM (${textOf("calls", file)})`,
  })),
  ...filesIn("usage").map((file) => ({
    file: `usage/${file}`,
    sql: `${selection} SELECT * FROM (${textOf("usage", file)})`,
  })),
];

function filesIn(folder: string): string[] {
  return readdirSync(join(sqlFolder, folder));
}

export function textOf(folder: string, file: string): string {
  return readFileSync(join(sqlFolder, folder, file), "utf8")
    .trim()
    .replace(/;$/, "");
}
