import type { PriceSource, Rates } from "./rates.ts";

/** The user's own prices, USD per million tokens, by model: `*` in a name stands for anything. */
export type OwnPrices = Record<string, OwnRates>;

export type OwnRates = Pick<Rates, "input" | "output"> & Partial<Rates>;

/** The first pattern that fits a model's name, as the transcripts have it. */
export function ownPrices(prices: OwnPrices): PriceSource {
  const patterns = Object.entries(prices).map(([pattern, rates]) => ({
    matches: new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`, "i"),
    rates: {
      // As Anthropic has it: a write for five minutes costs a quarter more, a read a tenth.
      cacheCreation: rates.input * 1.25,
      cacheRead: rates.input * 0.1,
      ...rates,
    },
  }));
  return {
    by: "settings",
    ratesOf: ({ model }) => patterns.find(({ matches }) => matches.test(model))?.rates,
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
}
