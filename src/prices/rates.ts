import type { CallTokens } from "../usage.ts";

/** What tokens of a model cost: USD per million. */
export interface Rates {
  input: number;
  output: number;
  /** For five minutes; for an hour ccusage takes twice the input. */
  cacheCreation: number;
  cacheRead: number;
}

/** What is to be priced. */
export interface Priceable {
  /** As the transcript has it, with "-fast" where it was answered in fast mode. */
  model: string;
  /** YYYY-MM-DD */
  date: string;
  /** All that went in, cached or not. */
  promptTokens: number;
}

/** Whose price a call was given. */
export type PricedBy = "settings" | "list" | "genai-prices";

export interface KnownPrice {
  rates: Rates;
  by: PricedBy;
}

/** Anything that knows prices. */
export interface PriceSource {
  by: PricedBy;
  ratesOf(call: Priceable): Rates | undefined;
}

/** The first price that one of the sources knows. */
export function priceOf(sources: readonly PriceSource[], call: Priceable): KnownPrice | undefined {
  for (const { by, ratesOf } of sources) {
    const rates = ratesOf(call);
    if (rates !== undefined) return { rates, by };
  }
  return undefined;
}

/** A model's name without what gateways and clouds put around it: `us.anthropic.claude-…-v1:0`, `…[1m]`. */
export function plainModel(name: string): string {
  return name
    .replace(/^(?:[\w-]+\/)*/, "")
    .replace(/^(?:(?:us|eu|apac|global)\.)?anthropic\./, "")
    .replace(/-v\d+:\d+(?=$|-fast$)/, "")
    .replace("[1m]", "")
    .replace(/[@-]20\d{6}(?=$|-fast$)/, "");
}

/** What a call costs at some rates, in USD: cache creation for an hour at twice the input, as ccusage has it. */
export function costAt(
  { input, output, cacheCreation, cacheRead }: Rates,
  tokens: CallTokens,
): number {
  return (
    (tokens.inputTokens * input +
      tokens.outputTokens * output +
      tokens.cacheCreation5mTokens * cacheCreation +
      tokens.cacheCreation1hTokens * 2 * input +
      tokens.cacheReadTokens * cacheRead) /
    1e6
  );
}
