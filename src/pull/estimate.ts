import type { ApiUsage, Bucket } from "../bill.ts";
import type { Settings } from "../config/settings.ts";
import { apiUsageOf, keepApiUsage, unpricedApiModels, type PricedUsage } from "../ledger/bill.ts";
import type { Books } from "../ledger/open.ts";
import { priceList } from "../prices/list.ts";
import { costAt, priceOf, type PriceSource } from "../prices/rates.ts";
import { ownPrices } from "../prices/settings.ts";
import { readRates } from "../readers/rates.ts";
import { totalCallTokens } from "../usage.ts";

/** The prices that the user gives. */
export interface GivenPrices {
  /** Before all others. */
  prices: PriceSource | null;
  settings: Settings;
}

/** Where the prices of a pull are looked for, in this order. */
export async function priceSources(
  books: Books,
  { prices, settings }: GivenPrices,
): Promise<PriceSource[]> {
  const { genaiPrices } = await import("../prices/genai-prices.ts");
  return [
    ...(prices === null ? [] : [prices]),
    ...[ownPrices(settings.prices), priceList(readRates(books)), genaiPrices],
  ];
}

/** Gives kept usage a price where none was known and now one is. */
export function priceAgain(books: Books, sources: readonly PriceSource[]): void {
  const dates = unpricedApiModels(books)
    .filter((one) => priceOf(sources, { ...one, promptTokens: 0 }) !== undefined)
    .map(({ date }) => date);
  for (const date of new Set(dates)) {
    keepApiUsage(books, priced(apiUsageOf(books, date), sources, new Set()));
  }
}

/** Batches cost half. */
const BATCH = 0.5;

/** Where the prompts are that cost more for their length, in tokens. */
const LONG_PROMPT = 200_001;

/**
 * What usage costs at list price. It is of many calls at once: where a price depends on the length of a prompt, only
 * the window of its row tells.
 * @param unpriced is told the models that no price is known of
 */
export function priced(
  buckets: readonly Bucket<ApiUsage>[],
  sources: readonly PriceSource[],
  unpriced: Set<string>,
): Bucket<PricedUsage>[] {
  return buckets.map(({ rows, ...bucket }) => ({
    ...bucket,
    rows: rows.map((row) => {
      const tokens = totalCallTokens(row);
      const isLong = row.contextWindow?.startsWith("200k") === true;
      const price = priceOf(sources, {
        model: row.model,
        date: bucket.startsAt.slice(0, 10),
        promptTokens: isLong ? LONG_PROMPT : 0,
      });
      if (price === undefined) {
        if (tokens > 0) unpriced.add(row.model);
        return { ...row, cost: null, unpricedTokens: tokens };
      }
      const part = row.serviceTier === "batch" ? BATCH : 1;
      return { ...row, cost: costAt(price.rates, row) * part, unpricedTokens: 0 };
    }),
  }));
}
