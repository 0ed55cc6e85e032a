import { randomInt } from "node:crypto";

import type { Books } from "./books.ts";
import type { Reason } from "./revisions.ts";

/** What is counted with. */
export interface CountedWith {
  ccusageVersion: string;
  /** Which prices can be known, in short. */
  pricing: string;
}

/** What everything was last counted with; undefined before the first count. */
export function lastCountedWith(books: Books): CountedWith | undefined {
  return books
    .prepare<[], CountedWith>("SELECT ccusage_version AS ccusageVersion, pricing FROM counted_with")
    .get();
}

export function keepCountedWith(books: Books, { ccusageVersion, pricing }: CountedWith): void {
  books
    .prepare<[string, string]>(
      `INSERT INTO counted_with (id, ccusage_version, pricing) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         ccusage_version = excluded.ccusage_version, pricing = excluded.pricing`,
    )
    .run(ccusageVersion, pricing);
}

/**
 * Marks what is to be counted again, if it was last counted with something else: all of it with another
 * ccusage, and with other prices the days that lack one.
 * @returns why, if anything is
 */
export function markOutdated(books: Books, now: CountedWith): Reason | undefined {
  const last = lastCountedWith(books);
  if (last === undefined) return undefined;
  if (last.ccusageVersion !== now.ccusageVersion) {
    markDays(books, "1");
    return { kind: "release", detail: `${last.ccusageVersion} to ${now.ccusageVersion}` };
  }
  if (last.pricing === now.pricing) return undefined;
  markDays(
    books,
    "EXISTS (SELECT 1 FROM session_cell WHERE session_day = d.id AND unpriced_tokens > 0)",
  );
  return { kind: "prices", detail: null };
}

/** Marks all days from a date on. */
export function markSince(books: Books, since: string): void {
  markDays(books, "date >= ?", since);
}

/** @param condition SQL about session_day, as d */
function markDays(books: Books, condition: string, ...parameters: string[]): void {
  books
    .prepare<unknown[]>(
      `UPDATE session_day AS d SET uncounted = ? WHERE uncounted IS NULL AND (${condition})`,
    )
    .run(randomInt(2 ** 48 - 1), ...parameters);
}

/** The models that ccusage was found to have no price for. */
export function unpricedModels(books: Books, pricing: string): Set<string> {
  const names = books
    .prepare<[string], string>("SELECT model_name FROM unpriced_model WHERE pricing = ?")
    .pluck();
  return new Set(names.all(pricing));
}

export function keepUnpricedModels(
  books: Books,
  pricing: string,
  models: ReadonlySet<string>,
): void {
  const add = books.prepare<[string, string]>(
    "INSERT OR IGNORE INTO unpriced_model (pricing, model_name) VALUES (?, ?)",
  );
  for (const model of models) add.run(pricing, model);
}
