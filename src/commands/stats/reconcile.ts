import { existingDatabase } from "../../config/paths.ts";
import { addDays } from "../../dates.ts";
import { jsonLine } from "../../format/json.ts";
import { readBooks, type Books } from "../../ledger/open.ts";
import { readPeople, readReconciliation, readReportedProjects } from "../../readers/bill.ts";
import {
  peopleWords,
  projectsWords,
  reconciliationWords,
} from "../../terminal/reconciliation-words.ts";
import { rangeOf, type RangeFlags } from "../flags/range.ts";

/** How many days are reconciled unless others are asked for: transcripts and bills both reach so far. */
const RECONCILED_DAYS = 30;

/**
 * The calls of the books, the usage report and the bill side by side, by days of UTC, as text or JSON.
 * @throws UsageError when a flag is no date, or they contradict each other.
 */
export async function reconciled(
  flags: RangeFlags & { db?: string | undefined },
  by: "model" | "person" | "project",
  isJson: boolean,
): Promise<string> {
  const today = new Date().toISOString().slice(0, 10);
  const range = rangeOf(flags, today);
  const until = range.until ?? today;
  const span = { since: range.since ?? addDays(until, 1 - RECONCILED_DAYS), until };
  const ask = <T>(question: (books: Books) => T): Promise<T> =>
    readBooks(existingDatabase(flags.db), question);
  if (by === "person") {
    const people = await ask((books) => readPeople(books, span));
    return isJson ? jsonLine({ ...span, people }) : `${peopleWords(people, span)}\n`;
  }
  if (by === "project") {
    const projects = await ask((books) => readReportedProjects(books, span));
    return isJson ? jsonLine({ ...span, projects }) : `${projectsWords(projects, span)}\n`;
  }
  const found = await ask((books) => readReconciliation(books, span));
  return isJson ? jsonLine(found) : `${reconciliationWords(found, today)}\n`;
}
