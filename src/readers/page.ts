import { addDays } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import { knownUntil, readAsOf } from "./as-of.ts";
import { readBeside, type Beside } from "./beside.ts";
import { readBillPeriods, readBillTotal, type BillPeriod } from "./bill.ts";
import { readCoverage, toldShare } from "./coverage.ts";
import { readRises, type Change } from "./changes.ts";
import type { Grain } from "./grain.ts";
import { readKept, type Kept } from "./kept.ts";
import { readKeys } from "./names.ts";
import { readRange, readRecent, type RangeData, type Shared } from "./page-range.ts";
import { askUsageOnce, isLimited, isPart, type Selection } from "./selection.ts";
import {
  readPeriods,
  readProjection,
  type CurrentPeriod,
  type Projection,
  type UsageTotals,
} from "./summary.ts";

/** Everything the page of `ccbooks report` shows. */
export interface PageData {
  /** Whose clock instants are told by. */
  timezone: string;
  /** What part of the usage it is about. */
  selection: Selection;
  /** When the books were last fetched: ISO 8601 UTC; null where they never were. */
  fetchedAt: string | null;
  /** Today and this week, and what rose in the last 7 days; null where the span ends before today. */
  now: {
    /** The last day that is known: of the last fetch. */
    known: string;
    periods: Record<"today" | "thisWeek", CurrentPeriod>;
    /** Null before the books began. */
    yesterday: Spent | null;
    rose: Change[];
  } | null;
  /** The running month, whatever the span; null where the span ends before today. */
  month: (Spent & { projection: Projection }) | null;
  /** All days of the span. */
  all: RangeData;
  /** The last days of the span, the shortest first: those that are shorter than it and have usage. */
  last: RangeData[];
  /** What Anthropic's reports say of the span; null where nothing is known, or the page is of a part of the usage. */
  bill: PageBill | null;
  /** What of it is of deleted transcripts; null where the page is of a part of the usage. */
  kept: Kept | null;
  /** What of it was called beside the conversations; null as above. */
  beside: Beside | null;
  /** Of the tokens of the last 7 days' transcripts, the share that telemetry told of, 0 to 1; null where it tells nothing. */
  told: number | null;
}

/** The usage report and the bill, as finely as periods are shown. */
export type PageBill = Record<Grain, BillPeriod[]> & { total: BillPeriod };

/** How many days the page's ranges have. */
const RANGES = [7, 30, 90];

/**
 * Asks everything a page about a part of the usage shows.
 * @returns null when there is none.
 */
export function readPageData(
  books: Books,
  wanted: Selection,
  { today, timezone }: { today: string; timezone: string },
): PageData | null {
  const asOf = readAsOf(books, wanted, timezone);
  const { fetchedAt, firstDate } = asOf;
  const total = askUsageOnce<UsageTotals>(books, "usage/totals.sql", wanted);
  if (total.firstDate === null || total.lastDate === null || firstDate === null) return null;
  const span = {
    since: later(wanted.since ?? firstDate, firstDate),
    until: wanted.until === null ? total.lastDate : earlier(wanted.until, lastOf(books, wanted)),
  };
  const known = knownUntil(asOf, today);
  const recents = new Map<string, ReturnType<typeof readRecent>>();
  const shared: Shared = {
    // That of 90 days is the one of all that there are.
    recent: (since) => {
      const read = recents.get(since) ?? readRecent(books, { ...wanted, ...span, since });
      recents.set(since, read);
      return read;
    },
    today,
    modelNames: readKeys(books, "model", wanted.source),
    projectSlugs: readKeys(books, "project", wanted.source),
  };
  const starts = RANGES.map((days) => addDays(span.until, 1 - days));
  const readsNow = wanted.until === null || wanted.until >= today;
  return {
    ...{ timezone, fetchedAt },
    selection: wanted,
    now: readsNow ? readNow(books, wanted, { today, known, firstDate }) : null,
    month: readsNow ? readMonth(books, wanted, { today, known }) : null,
    all: readRange(books, { ...wanted, ...span }, shared),
    last: starts
      .filter((since) => since > span.since)
      .map((since) => readRange(books, { ...wanted, ...span, since }, shared))
      .filter(({ summary }) => summary.daysWithUsage > 0),
    bill: isPart(wanted) ? null : readBill(books, span),
    kept: isLimited(wanted) ? null : readKept(books, span),
    beside: isLimited(wanted) ? null : readBeside(books, span),
    told: isLimited(wanted) ? null : toldShare(readCoverage(books, addDays(span.until, -6)).lines),
  };
}

function readBill(books: Books, span: { since: string; until: string }): PageBill | null {
  const total = readBillTotal(books, span);
  if (total === null) return null;
  const by = (grain: Grain): BillPeriod[] => readBillPeriods(books, grain, span);
  return { total, day: by("day"), week: by("week"), month: by("month") };
}

function readNow(
  books: Books,
  wanted: Selection,
  { today, known, firstDate }: { today: string; known: string; firstDate: string },
): NonNullable<PageData["now"]> {
  const yesterday = addDays(today, -1);
  return {
    known,
    periods: readPeriods(books, wanted, today, known),
    yesterday:
      yesterday < firstDate
        ? null
        : askUsageOnce<UsageTotals>(books, "usage/totals.sql", {
            ...wanted,
            since: yesterday,
            until: yesterday,
          }),
    rose: readRises(books, wanted, { firstDate, until: known }),
  };
}

function readMonth(
  books: Books,
  wanted: Selection,
  { today, known }: { today: string; known: string },
): NonNullable<PageData["month"]> {
  const month = { ...wanted, since: `${today.slice(0, 7)}-01`, until: today };
  return {
    ...askUsageOnce<UsageTotals>(books, "usage/totals.sql", month),
    projection: readProjection(books, { ...wanted, until: null }, today, known),
  };
}

/** The last day with usage, also after the days that are asked for. */
function lastOf(books: Books, wanted: Selection): string {
  const always = { ...wanted, since: null, until: null };
  return askUsageOnce<UsageTotals>(books, "usage/totals.sql", always).lastDate ?? "";
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
