import * as z from "zod/mini";

import { LIMITS, type PlanLimit } from "../plan-limit.ts";

/** What Claude Code hands its status line, as far as it is of use here. What does not fit is passed over. */
export interface StatusInput {
  /** The model's id. */
  model: string | null;
  limits: PlanLimit[];
}

const percent = z.number().check(z.nonnegative(), z.maximum(1000));
// Unix seconds, until the year 2100.
const instant = z.number().check(z.positive(), z.maximum(4_102_444_800));
const limit = z.object({ used_percentage: percent, resets_at: instant });

const schema = z.object({
  model: z.catch(z.object({ id: z.string().check(z.maxLength(200)) }), { id: "" }),
  rate_limits: z.catch(
    z.object({
      five_hour: z.catch(z.optional(limit), undefined),
      seven_day: z.catch(z.optional(limit), undefined),
    }),
    {},
  ),
});

/** @returns null when it is not what Claude Code hands over */
export function parseStatusInput(text: string): StatusInput | null {
  const result = z.safeParse(schema, jsonIn(text));
  if (!result.success) return null;
  const { model, rate_limits: limits } = result.data;
  return {
    model: model.id === "" ? null : model.id,
    limits: LIMITS.flatMap((name) => {
      const told = limits[name];
      if (told === undefined) return [];
      const resetsAt = new Date(told.resets_at * 1000).toISOString();
      return [{ name, usedPercent: told.used_percentage, resetsAt }];
    }),
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
