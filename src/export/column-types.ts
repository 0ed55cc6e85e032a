import { UserError } from "../errors.ts";
import type { Column } from "../readers/export-rows.ts";

/**
 * What a column holds. SQLite keeps dates, instants and lists as text, and views declare no types for what
 * they compute, so names decide first: they follow one convention in all tables and views.
 */
export type ColumnType =
  | "text"
  | "integer"
  | "real"
  /** YYYY-MM-DD. */
  | "date"
  /** ISO 8601 UTC. */
  | "instant"
  /** A JSON array of texts. */
  | "list"
  /** A JSON array of anything else. */
  | "array";

const byName: [name: RegExp, type: ColumnType][] = [
  [/^(models_used|log_folders)$/, "list"],
  [/^arguments$/, "array"],
  [/^(date|week|period_start|(first|last)_(date|activity))$/, "date"],
  [/(^|_)at$/, "instant"],
  [/(_tokens$|_ms$|^days_|^sessions_|_minutes$|^has_|_has_|^is_)/, "integer"],
  [
    /^((failed_)?calls|sessions|hour|attempts|turns|(exit|status)_code|tokens_(in|out)|prompt_above|counts_cache|windows_over_90)$/,
    "integer",
  ],
  [/^(list_)?amount$/, "real"],
  [/(cost$|_savings?$|_premium$|_rate$|_average$|_percent$)/, "real"],
  // The prices of `model_rate`. Its dates stay text: 0000-01-01 is none that every calendar has.
  [/^(input|output|cache_creation_5m|cache_creation_1h|cache_read)$/, "real"],
];

const byDeclaredType = new Map<string, ColumnType>([
  ["INTEGER", "integer"],
  ["REAL", "real"],
]);

/** The type of a column; text for one, in a view of the user's own, of which nothing is known. */
export function typeOf({ name, declaredType }: Column): ColumnType {
  const named = byName.find(([pattern]) => pattern.test(name));
  return named?.[1] ?? byDeclaredType.get(declaredType) ?? "text";
}

/**
 * The array that a `list` or `array` column holds as JSON.
 * @throws UserError when it holds something else.
 */
export function arrayIn(column: string, json: string | number): unknown[] {
  try {
    const parsed: unknown = JSON.parse(String(json));
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Not JSON at all is no array either.
  }
  throw misfit(column, json, "a JSON array");
}

/** How much of a value a sentence shows. */
const SHOWN = 60;

/** What to say of a value that its column's type has no room for; only a view of the user's own has any. */
export function misfit(column: string, value: string | number, wanted: string): UserError {
  const text = String(value);
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return new UserError(
    `The column ${column} holds "${shown}", which is not ${wanted}; rename the column in your view, or export it as CSV.`,
  );
}
