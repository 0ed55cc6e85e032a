import { $ZodObjectJIT, type $ZodObject, type $ZodShape } from "zod/v4/core";
import * as z from "zod/mini";

import { isDate, isInstant } from "../../dates.ts";

/**
 * The reports as ccusage 17, 18 and 20 print them, learned by running those releases. Unknown fields
 * are passed over, since every release adds some; what the books rest on must be there and make sense.
 */

/** As `z.object`, but compiled where it is first used: 20,000 sessions are checked in half the time. */
function object<Shape extends $ZodShape>(shape: Shape): $ZodObject<Shape> {
  // The class that zod's larger build uses for this; it has no type of its own.
  return new $ZodObjectJIT({ type: "object", shape }) as $ZodObject<Shape>;
}

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

const modelRow = object({
  ...counts,
  modelName: name,
  cost: dollars,
  missingPricing: z.optional(z.boolean()),
});

const figures = { ...counts, totalTokens: tokens, totalCost: dollars };

const row = { ...figures, modelBreakdowns: z.array(modelRow) };

/** The days of a project. */
export const projectDays = z.array(object({ ...row, date }));

/** `daily --instances`: the days of each project. */
export const dailyReport = object({
  projects: z.record(z.string(), projectDays),
  totals: object(figures),
});

export const sessionReport = object({
  sessions: z.array(
    object({
      ...row,
      sessionId: name,
      projectPath: z.optional(name),
      firstActivity: z.optional(dateOrInstant),
      lastActivity: dateOrInstant,
    }),
  ),
  totals: object(figures),
});

export type DailyReport = z.infer<typeof dailyReport>;
export type SessionReport = z.infer<typeof sessionReport>;
export type ModelRow = z.infer<typeof modelRow>;
export type Figures = Pick<SessionReport["totals"], keyof typeof figures>;
