import { totalTokens, type Call, type CallTokens, type Tokens } from "../usage.ts";
import type { Books } from "./books.ts";
import { reviseDays, type Reason } from "./revisions.ts";
import type { Tally } from "./runs.ts";
import { sumUp } from "./seed-tables.ts";

/** A session's day that is to be counted. */
export interface UncountedDay {
  id: number;
  /** YYYY-MM-DD */
  date: string;
  /** What marked it: the mark is cleared only if it is still this one. */
  uncounted: number;
}

/** One session's day of one model, as it was counted. */
export interface CountedCell extends Tokens {
  /** The row of the session's day. */
  day: number;
  /** Of the cache creation, by the calls. */
  cacheCreation1hTokens: number;
  model: string;
  /** USD; null when no price is known. */
  cost: number | null;
  unpricedTokens: number;
  pricedBy: string | null;
}

/** How a count came about. */
export interface Counting {
  /** The row of the run. */
  run: number;
  /** ISO 8601 UTC. */
  countedAt: string;
  /** The local date: what is counted of earlier days is a revision. */
  today: string;
  reason: Reason;
  /** Let costs move that are known for the same tokens. */
  reprice: boolean;
}

/**
 * Days of sessions to be counted, in the order of their dates.
 * @param mostCalls about how many calls they may have together
 */
export function uncountedDays(books: Books, mostCalls: number): UncountedDay[] {
  const rows = books
    .prepare<[], UncountedDay & { calls: number }>(
      `SELECT id, date, uncounted, (SELECT COUNT(*) FROM call WHERE session_day = d.id) AS calls
       FROM session_day AS d WHERE uncounted IS NOT NULL ORDER BY date, id`,
    )
    .iterate();
  const days: UncountedDay[] = [];
  let sum = 0;
  for (const { calls, ...day } of rows) {
    // A date is counted whole, so that nothing of it seems to have come late.
    if (sum > mostCalls && day.date !== days.at(-1)?.date) break;
    sum += calls;
    days.push(day);
  }
  return days;
}

/** What counting needs of a call. */
export type CountableCall = CallTokens &
  Pick<Call, "model" | "speed" | "lineCost" | "details"> & { id: number };

/** The calls of a session's day that count. */
export function callReader(books: Books) {
  const read = books.prepare<[number], CountableCall>(
    `SELECT c.id, (SELECT name FROM model WHERE id = c.model) AS model, c.input_tokens AS inputTokens,
       c.output_tokens AS outputTokens, c.cache_creation_5m_tokens AS cacheCreation5mTokens,
       c.cache_creation_1h_tokens AS cacheCreation1hTokens,
       c.cache_read_tokens AS cacheReadTokens, c.speed, c.line_cost AS lineCost, c.details
     FROM call AS c
     WHERE c.session_day = ? AND c.is_replay = 0`,
  );
  return (day: number): CountableCall[] => read.all(day);
}

/**
 * Replaces what was counted of some days, all at once, and everything that is the sum of it. A day whose
 * calls have changed meanwhile is left as it was, and stays to be counted.
 * @param differing the days of which ccusage's figure is not the sum of the calls
 * @returns how many days and sessions met which fate
 */
export function recordCounts(
  books: Books,
  days: readonly UncountedDay[],
  cells: readonly CountedCell[],
  differing: ReadonlySet<number>,
  counting: Counting,
): { days: Tally; sessions: Tally } {
  const byDay = Map.groupBy(cells, ({ day }) => day);
  const record = books.transaction(() => {
    const isStill = books
      .prepare<[number, number], 1>("SELECT 1 FROM session_day WHERE id = ? AND uncounted = ?")
      .pluck();
    const current = days.filter((day) => isStill.get(day.id, day.uncounted) !== undefined);
    const replace = cellReplacer(books, counting.reprice);
    const clear = books.prepare<[number, number, number]>(
      "UPDATE session_day SET uncounted = NULL, counted_by = ?, differs = ? WHERE id = ?",
    );
    for (const { id } of current) {
      replace(id, byDay.get(id) ?? []);
      clear.run(counting.run, differing.has(id) ? 1 : 0, id);
    }
    const ids = current.map(({ id }) => id);
    return reviseDays(books, ids, counting, () =>
      sumUp(books, { sessionDays: ids }, counting.countedAt),
    );
  });
  return record.immediate();
}

type Known = Pick<CountedCell, "cost" | "unpricedTokens" | "pricedBy"> & Tokens;

/** Writes the cells of a day in place of those that were there. */
function cellReplacer(books: Books, reprice: boolean) {
  const read = books.prepare<[number], Known & { model: string }>(
    `SELECT model_name AS model, input_tokens AS inputTokens, output_tokens AS outputTokens,
       cache_creation_tokens AS cacheCreationTokens, cache_read_tokens AS cacheReadTokens,
       cost, unpriced_tokens AS unpricedTokens, priced_by AS pricedBy
     FROM session_cell WHERE session_day = ?`,
  );
  const remove = books.prepare<[number]>("DELETE FROM session_cell WHERE session_day = ?");
  const insert = books.prepare(
    `INSERT INTO session_cell (
       session_day, model_name, input_tokens, output_tokens, cache_creation_tokens,
       cache_creation_1h_tokens, cache_read_tokens, cost, unpriced_tokens, priced_by)
     VALUES (
       @day, @model, @inputTokens, @outputTokens, @cacheCreationTokens,
       @cacheCreation1hTokens, @cacheReadTokens, @cost, @unpricedTokens, @pricedBy)`,
  );
  return (day: number, cells: readonly CountedCell[]): void => {
    const before = new Map(read.all(day).map((cell) => [cell.model, cell]));
    remove.run(day);
    for (const cell of cells) {
      const known = before.get(cell.model);
      insert.run(known === undefined || reprice ? cell : { ...cell, ...keptPrice(known, cell) });
    }
  };
}

/**
 * The price of a cell that was counted before: a cost once known for the same tokens does not move on its
 * own, and is never replaced by an unknown one.
 */
function keptPrice(
  known: Known,
  cell: CountedCell,
): Pick<Known, "cost" | "unpricedTokens" | "pricedBy"> {
  const { cost, pricedBy } = known;
  const isSame = known.unpricedTokens === 0 && sameTokens(known, cell);
  if (cost === null || (cell.cost !== null && !isSame)) return cell;
  const priced = totalTokens(known) - known.unpricedTokens;
  return { cost, pricedBy, unpricedTokens: Math.max(0, totalTokens(cell) - priced) };
}

function sameTokens(a: Tokens, b: Tokens): boolean {
  return (
    a.inputTokens === b.inputTokens &&
    a.outputTokens === b.outputTokens &&
    a.cacheCreationTokens === b.cacheCreationTokens &&
    a.cacheReadTokens === b.cacheReadTokens
  );
}

/** Whether anything is to be counted. */
export function hasUncounted(books: Books): boolean {
  const one = books.prepare("SELECT 1 FROM session_day WHERE uncounted IS NOT NULL LIMIT 1");
  return one.get() !== undefined;
}
