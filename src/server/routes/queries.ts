import * as z from "zod/mini";

import { isDate } from "../../dates.ts";

const date = z.optional(z.string().check(z.refine(isDate, "takes a date such as 2026-11-20")));

/** The days that a question is about, both included. */
export const daysQuery = { since: date, until: date };
