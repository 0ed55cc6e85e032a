import { calcPrice } from "@pydantic/genai-prices";

import { plainModel, type PriceSource } from "./rates.ts";

/** The provider of a model, which the package needs: by the name alone it may match another's. */
const PROVIDERS: [RegExp, string][] = [
  [/^claude/, "anthropic"],
  [/^(gpt|o\d|chatgpt)/, "openai"],
  [/^gemini/, "google"],
];

/** The package's prices, without a network: what it has on the call's day. Importing it takes 0.1 s. */
export const genaiPrices: PriceSource = {
  by: "genai-prices",
  ratesOf({ model, date, promptTokens }) {
    const name = plainModel(model);
    const providerId = PROVIDERS.find(([pattern]) => pattern.test(name))?.[1];
    // Of fast mode it knows nothing and would give the usual price.
    if (providerId === undefined || name.endsWith("-fast")) return undefined;
    const timestamp = new Date(`${date}T12:00:00Z`);
    const found = calcPrice({ input_tokens: 0 }, name, { providerId, timestamp });
    // It matches by the beginning of a name, and so a newer model by an older one's price.
    if (found === null || found.model.id !== name) return undefined;
    const rate = (unit: string): number | undefined => {
      const price = found.model_price[unit];
      if (price === undefined || typeof price === "number") return price;
      return price.tiers.findLast(({ start }) => promptTokens > start)?.price ?? price.base;
    };
    const [input, output] = [rate("input_mtok"), rate("output_mtok")];
    if (input === undefined || output === undefined) return undefined;
    return {
      input,
      output,
      cacheCreation: rate("cache_write_mtok") ?? input,
      cacheRead: rate("cache_read_mtok") ?? input,
    };
  },
};
