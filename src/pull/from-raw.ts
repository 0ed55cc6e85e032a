import { addDays } from "../dates.ts";
import type { ApiCost, ApiUsage, Bucket, ClaudeCodeUsage } from "../bill.ts";
import {
  forgetPulled,
  keepApiCosts,
  keepApiUsage,
  keepClaudeCodeUsage,
  keepPulledUntil,
  type Report,
} from "../ledger/bill.ts";
import { withBooks, type Books } from "../ledger/open.ts";
import type { PriceSource } from "../prices/rates.ts";
import {
  analyticsCostRows,
  analyticsUsageRows,
  bucketsOf,
  type TimedRow,
} from "../sources/anthropic/analytics.ts";
import { pageIn } from "../sources/anthropic/pages.ts";
import { claudeCodeRecords, costBuckets, usageBuckets } from "../sources/anthropic/reports.ts";
import { priced, priceSources, type GivenPrices } from "./estimate.ts";
import { readRaw, type RawAnswer } from "./raw.ts";

/** What came of it. */
export interface Rebuilt {
  answers: number;
  /** Models without a known price. */
  unpriced: string[];
}

/**
 * Makes all that was pulled anew from the answers that were kept, in one transaction.
 * @throws UserError when one of them is not whole: then nothing is changed.
 */
export async function pullFromRaw(
  path: string,
  folder: string,
  given: GivenPrices,
): Promise<Rebuilt> {
  const answers = readRaw(folder);
  return withBooks(path, async (books) => {
    const sources = await priceSources(books, given);
    const unpriced = new Set<string>();
    books.transaction(() => rebuild(books, answers, sources, unpriced)).immediate();
    return { answers: answers.length, unpriced: [...unpriced].toSorted() };
  });
}

function rebuild(
  books: Books,
  answers: readonly RawAnswer[],
  sources: readonly PriceSource[],
  unpriced: Set<string>,
): void {
  forgetPulled(books);
  const at = new Date().toISOString();
  // A day that was not over then is to be pulled again.
  const noteUntil = ({ cameOn }: RawAnswer, report: Report, day: string | undefined): void => {
    if (day === undefined) return;
    const until = day < cameOn ? day : addDays(cameOn, -1);
    keepPulledUntil(books, { report, until, at });
  };
  const keepUsage = (answer: RawAnswer, buckets: readonly Bucket<ApiUsage>[]): void => {
    keepApiUsage(books, priced(buckets, sources, unpriced));
    noteUntil(answer, "usage", buckets.at(-1)?.startsAt.slice(0, 10));
  };
  const keepCosts = (answer: RawAnswer, buckets: readonly Bucket<ApiCost>[]): void => {
    keepApiCosts(books, buckets);
    noteUntil(answer, "cost", buckets.at(-1)?.startsAt.slice(0, 10));
  };
  // Of these the pages are one set.
  let records: ClaudeCodeUsage[] = [];
  let usage: TimedRow<ApiUsage>[] = [];
  let costs: TimedRow<ApiCost>[] = [];
  for (const answer of answers) {
    const { report, date, json } = answer;
    const { data, hasMore } = pageIn(json, report);
    switch (report) {
      case "usage":
        keepUsage(answer, usageBuckets(data));
        break;
      case "cost":
        keepCosts(answer, costBuckets(data));
        break;
      case "claude-code":
        records.push(...claudeCodeRecords(data));
        if (hasMore) break;
        keepClaudeCodeUsage(books, date, records);
        noteUntil(answer, "claude-code", date);
        records = [];
        break;
      case "analytics-usage":
        usage.push(...analyticsUsageRows(data));
        if (hasMore) break;
        keepUsage(answer, bucketsOf(usage));
        usage = [];
        break;
      case "analytics-cost":
        costs.push(...analyticsCostRows(data));
        if (hasMore) break;
        keepCosts(answer, bucketsOf(costs));
        costs = [];
        break;
    }
  }
}
