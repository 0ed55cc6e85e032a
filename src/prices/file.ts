import { readFileSync } from "node:fs";

import * as z from "zod/mini";

import { errorCode, UserError } from "../errors.ts";
import { ownPrices } from "./settings.ts";
import type { PriceSource } from "./rates.ts";

const price = z.number().check(z.nonnegative(), z.maximum(1e6));

const schema = z.record(
  z.string(),
  z.strictObject({
    input_per_million: price,
    output_per_million: price,
    cache_creation_per_million: z.optional(price),
    cache_read_per_million: z.optional(price),
  }),
);

/**
 * Prices of a file: US dollars per million tokens by model.
 * @throws UserError when it cannot be read, or holds something else.
 */
export function pricesOfFile(path: string): PriceSource {
  const rates = Object.entries(parsed(path)).map(([model, own]) => {
    const { input_per_million: input, output_per_million: output } = own;
    const { cache_creation_per_million: creation, cache_read_per_million: read } = own;
    return [
      model,
      {
        ...{ input, output },
        ...(creation !== undefined && { cacheCreation: creation }),
        ...(read !== undefined && { cacheRead: read }),
      },
    ] as const;
  });
  return ownPrices(Object.fromEntries(rates));
}

function parsed(path: string): z.infer<typeof schema> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`${path} cannot be read (${errorCode(error)}); name a file of prices.`);
  }
  try {
    return z.parse(schema, JSON.parse(text));
  } catch (error) {
    const where = error instanceof z.core.$ZodError ? error.issues[0]?.path.join(".") : "";
    throw new UserError(
      `${path} holds no prices${where ? ` (at "${where}")` : ""}; it takes {"model": {"input_per_million": 3, "output_per_million": 15}}, with cache_creation_per_million and cache_read_per_million if they differ.`,
    );
  }
}
