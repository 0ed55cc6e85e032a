import { plainModel, type PriceSource, type Rates } from "./rates.ts";

/** A price of our own list: a row of the view model_rate. */
export interface ListedRate extends Rates {
  model: string;
  /** YYYY-MM-DD */
  validFrom: string;
  /** For prompts of more tokens than this. */
  promptAbove: number;
}

/** Our own dated list. @param rows the newest first, and of one day the largest prompts first */
export function priceList(rows: readonly ListedRate[]): PriceSource {
  const byModel = Map.groupBy(rows, ({ model }) => model);
  const names = new Map<string, string>();
  const plain = (model: string): string => {
    const name = names.get(model) ?? plainModel(model);
    names.set(model, name);
    return name;
  };
  return {
    by: "list",
    ratesOf: ({ model, date, promptTokens }) =>
      byModel
        .get(plain(model))
        ?.find(
          (row) =>
            row.validFrom <= date && (row.promptAbove === 0 || promptTokens > row.promptAbove),
        ),
  };
}
