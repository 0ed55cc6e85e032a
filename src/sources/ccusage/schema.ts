import * as z from "zod/mini";

import { isDate, isInstant } from "../../dates.ts";

/**
 * The reports as ccusage 17, 18 and 20 print them, learned by running those releases. Unknown fields
 * are passed over, since every release adds some; what the books rest on must be there and make sense.
 */

const tokens = z.int().check(z.nonnegative());
const dollars = z.number().check(z.nonnegative());
const name = z.string().check(z.minLength(1));
const date = z.string().check(z.refine(isDate, { error: "a date of the calendar" }));
const dateOrInstant = z
  .string()
  .check(z.refine((text) => isDate(text) || isInstant(text), { error: "a date or an instant" }));

const counts = {
  inputTokens: tokens,
  outputTokens: tokens,
  cacheCreationTokens: tokens,
  cacheReadTokens: tokens,
};

const modelRow = z.object({
  ...counts,
  modelName: name,
  cost: dollars,
  missingPricing: z.optional(z.boolean()),
});

const figures = { ...counts, totalTokens: tokens, totalCost: dollars };

const row = { ...figures, modelBreakdowns: z.array(modelRow) };

/** `daily --instances`: the days of each project. */
export const dailyReport = z.object({
  projects: z.record(z.string(), z.array(z.object({ ...row, date }))),
  totals: z.object(figures),
});

export const sessionReport = z.object({
  sessions: z.array(
    z.object({
      ...row,
      sessionId: name,
      projectPath: z.optional(name),
      firstActivity: z.optional(dateOrInstant),
      lastActivity: dateOrInstant,
    }),
  ),
  totals: z.object(figures),
});

export type DailyReport = z.infer<typeof dailyReport>;
export type SessionReport = z.infer<typeof sessionReport>;
export type ModelRow = z.infer<typeof modelRow>;
export type Figures = Pick<SessionReport["totals"], keyof typeof figures>;
