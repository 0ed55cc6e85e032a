import * as z from "zod/mini";

import { channels } from "./channels.ts";
import type { Settings } from "./settings.ts";

const price = z.number().check(z.nonnegative());

const rates = z.strictObject({
  input: price,
  output: price,
  cacheCreation: z.optional(price),
  cacheRead: z.optional(price),
});

/** What a settings file may hold; what else is in it is another version's. */
const schema = z.object({
  planUsd: z.optional(z.nullable(z.number().check(z.positive()))),
  titles: z.optional(z.boolean()),
  prices: z.optional(z.record(z.string(), rates)),
  channels: z.optional(channels),
});

const EXPECTED: Record<string, string> = {
  channels:
    'ways to tell somebody by their names, such as {"me": {"type": "desktop"}} (docs/budgets.md has them all)',
  planUsd: "US dollars a month, such as 200, or null",
  titles: "true or false",
  prices:
    'US dollars per million tokens by model, such as {"my-model*": {"input": 3, "output": 15}}',
};

/** The settings in a file's JSON, or what is wrong with it as the end of a sentence. */
export function parseSettings(json: unknown): { settings: Partial<Settings>; mistake?: string } {
  const result = z.safeParse(schema, json);
  if (result.success) return { settings: withoutUndefined(result.data) };
  const [key = "", ...path] = result.error.issues[0]?.path.map(String) ?? [];
  if (key === "")
    return { settings: {}, mistake: "should hold a JSON object; correct it, or delete it" };
  const where = [key, ...path].join(".");
  return {
    settings: {},
    mistake: `has something in "${where}" that does not fit: "${key}" is ${EXPECTED[key]}; correct it`,
  };
}

/** An absent setting is the default, not undefined. */
function withoutUndefined(settings: z.infer<typeof schema>): Partial<Settings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
