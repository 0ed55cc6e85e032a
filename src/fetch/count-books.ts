import { hash52 } from "../calls/hash.ts";
import type { Settings } from "../config/settings.ts";
import {
  keepCountedWith,
  keepUnpricedModels,
  unpricedModels,
  type CountedWith,
} from "../ledger/counted-with.ts";
import type { Counting } from "../ledger/counts.ts";
import type { Books } from "../ledger/open.ts";
import { priceList } from "../prices/list.ts";
import { ownPrices } from "../prices/settings.ts";
import { readRates } from "../readers/rates.ts";
import type { Ccusage } from "../sources/ccusage/find.ts";
import { version } from "../version.ts";
import type { Counted } from "./count.ts";

/** What a count is done with. */
export interface Counter {
  ccusage: Ccusage;
  offline: boolean;
  /** Seconds. */
  timeout: number;
  settings: Settings;
}

/** What decides a count: see `counted_with`. Our list of prices is that of our version. */
export function countedWith({ ccusage, offline, settings }: Counter): CountedWith {
  const pricing = [ccusage.version, offline, version(), settings.prices];
  return {
    ccusageVersion: ccusage.version,
    pricing: hash52(JSON.stringify(pricing)).toString(36),
  };
}

/** Counts everything that is to be counted, and notes what it was counted with. */
export async function countBooks(
  books: Books,
  counter: Counter,
  counting: Counting,
): Promise<Counted> {
  const { countAll } = await import("./count.ts");
  const { settings } = counter;
  const now = countedWith(counter);
  const known = unpricedModels(books, now.pricing);
  const unpriced = new Set(known);
  const counted = await countAll(books, {
    ...counter,
    own: ownPrices(settings.prices),
    list: priceList(readRates(books)),
    unpriced,
    counting,
  });
  if (unpriced.size > known.size) keepUnpricedModels(books, now.pricing, unpriced);
  keepCountedWith(books, now);
  return counted;
}
