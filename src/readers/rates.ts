import type { Books } from "../ledger/open.ts";
import type { ListedRate } from "../prices/list.ts";

/** Our own list of prices: the newest first, and of one day the largest prompts first. */
export function readRates(books: Books): ListedRate[] {
  return books
    .prepare<[], ListedRate>(
      `SELECT model, valid_from AS validFrom, prompt_above AS promptAbove, input, output,
         cache_creation_5m AS cacheCreation, cache_read AS cacheRead
       FROM model_rate ORDER BY valid_from DESC, prompt_above DESC`,
    )
    .all();
}
