import { dayAt } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Source } from "../usage.ts";
import { onlyRow } from "./query.ts";
import type { Selection } from "./selection.ts";

/** Until when the books know what was used: days after that are unknown, which is not zero. */
export interface AsOf {
  source: Source;
  /** When the last good fetch ended: ISO 8601 UTC; null where none did. */
  fetchedAt: string | null;
  /** The local date of that, else the last with usage; null in empty books. */
  date: string | null;
  /** The first day that the books have. */
  firstDate: string | null;
}

const QUESTIONS = {
  "claude-code": "usage/as_of.sql",
  apps: "recorded/as_of.sql",
  anthropic: "bill/as_of.sql",
} as const satisfies Record<Source, string>;

/** Of a source, and of a machine; null for all: then the last fetch of any of them counts. */
export function readAsOf(
  books: Books,
  { source, machine }: Pick<Selection, "source" | "machine">,
  timezone: string,
): AsOf {
  const { fetchedAt, firstDate, lastDate } = onlyRow<{
    fetchedAt: string | null;
    firstDate: string | null;
    lastDate: string | null;
  }>(books, QUESTIONS[source], { machine });
  const date = fetchedAt === null ? lastDate : dayAt(Date.parse(fetchedAt), timezone).date;
  return { source, fetchedAt, date, firstDate };
}

/** The last day that the books know something of: that of the last fetch, or today. */
export function knownUntil({ date }: AsOf, today: string): string {
  return date === null || date > today ? today : date;
}
