import { withoutSecrets } from "../format/secrets.ts";
import type { PricedCall, RecordedCost } from "../ledger/recorded.ts";
import type { Books } from "../ledger/open.ts";
import { priceList } from "../prices/list.ts";
import { costAt, priceOf, type PriceSource } from "../prices/rates.ts";
import { ownPrices, type OwnPrices } from "../prices/settings.ts";
import { readRates } from "../readers/rates.ts";
import type { RecordedCall, RecordedUsage } from "../recorded.ts";
import { totalCallTokens } from "../usage.ts";

/** Where the prices of recorded calls are looked for: the user's own, our list, the package, in this order. */
export async function recordedPrices(books: Books, own: OwnPrices): Promise<PriceSource[]> {
  const { genaiPrices } = await import("../prices/genai-prices.ts");
  return [ownPrices(own), priceList(readRates(books)), remembered(genaiPrices)];
}

/** No model of any provider costs more for the length of a prompt that is shorter, in tokens: docs/calls.md, Prices. */
const SHORT_PROMPT = 100_000;

/** So many prices are remembered at most. */
const MOST_REMEMBERED = 10_000;

/** Looking a price up in the package takes as long as writing the call. */
function remembered({ by, ratesOf }: PriceSource): PriceSource {
  const known = new Map<string, ReturnType<typeof ratesOf>>();
  return {
    by,
    ratesOf(call) {
      const tokens = call.promptTokens <= SHORT_PROMPT ? 0 : call.promptTokens;
      const key = `${call.model} ${call.date} ${tokens}`;
      if (known.has(key)) return known.get(key);
      const rates = ratesOf(call);
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(key, rates);
      return rates;
    },
  };
}

/** A call with what it costs: as it was told, else at list price of its day. */
export function reckoned(
  call: RecordedCall,
  prices: readonly PriceSource[],
  content: PricedCall["content"],
): PricedCall {
  const date = new Date(call.at).toISOString().slice(0, 10);
  return {
    ...{ ...call, ...costOf(call, date, prices) },
    error: call.error === null ? null : withoutSecrets(call.error),
    others: call.others.map((other) => ({ ...other, ...costOf(other, date, prices) })),
    content,
  };
}

function costOf(usage: RecordedUsage, date: string, prices: readonly PriceSource[]): RecordedCost {
  if (usage.toldCost !== null) return { cost: usage.toldCost, costBy: "told" };
  if (totalCallTokens(usage) === 0) return { cost: 0, costBy: null };
  const { inputTokens, cacheCreation5mTokens, cacheCreation1hTokens, cacheReadTokens } = usage;
  const promptTokens =
    inputTokens + cacheCreation5mTokens + cacheCreation1hTokens + cacheReadTokens;
  const price = priceOf(prices, { model: usage.model, date, promptTokens });
  if (price === undefined) return { cost: null, costBy: null };
  return { cost: costAt(price.rates, usage), costBy: price.by };
}
