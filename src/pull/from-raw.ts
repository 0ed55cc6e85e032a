import { addDays } from "../dates.ts";
import type { ClaudeCodeUsage } from "../bill.ts";
import type { Settings } from "../config/settings.ts";
import {
  forgetPulled,
  keepApiCosts,
  keepApiUsage,
  keepClaudeCodeUsage,
  keepPulledUntil,
} from "../ledger/bill.ts";
import { withBooks, type Books } from "../ledger/open.ts";
import { priceList } from "../prices/list.ts";
import type { PriceSource } from "../prices/rates.ts";
import { ownPrices } from "../prices/settings.ts";
import { readRates } from "../readers/rates.ts";
import { pageIn } from "../sources/anthropic/pages.ts";
import { claudeCodeRecords, costBuckets, usageBuckets } from "../sources/anthropic/reports.ts";
import { priced } from "./estimate.ts";
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
  { prices, settings }: { prices: PriceSource | null; settings: Settings },
): Promise<Rebuilt> {
  const answers = readRaw(folder);
  const { genaiPrices } = await import("../prices/genai-prices.ts");
  return withBooks(path, (books) => {
    const sources = [
      ...(prices === null ? [] : [prices]),
      ...[ownPrices(settings.prices), priceList(readRates(books)), genaiPrices],
    ];
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
  const noteUntil = ({ report, cameOn }: RawAnswer, day: string): void => {
    const until = day < cameOn ? day : addDays(cameOn, -1);
    keepPulledUntil(books, { report, until, at });
  };
  // The pages of a day are one set.
  let records: ClaudeCodeUsage[] = [];
  for (const answer of answers) {
    const { report, date, json } = answer;
    const { data, hasMore } = pageIn(json, report);
    if (report === "claude-code") {
      records.push(...claudeCodeRecords(data));
      if (hasMore) continue;
      keepClaudeCodeUsage(books, date, records);
      records = [];
      noteUntil(answer, date);
    } else if (report === "usage") {
      const buckets = usageBuckets(data);
      keepApiUsage(books, priced(buckets, sources, unpriced));
      noteUntil(answer, buckets.at(-1)?.startsAt.slice(0, 10) ?? date);
    } else {
      const buckets = costBuckets(data);
      keepApiCosts(books, buckets);
      noteUntil(answer, buckets.at(-1)?.startsAt.slice(0, 10) ?? date);
    }
  }
}
