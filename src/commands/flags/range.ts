import { addDays } from "../../dates.ts";
import { UsageError } from "../../errors.ts";
import { dateFlag, wholeNumber } from "./check.ts";
import type { Range } from "../../readers/summary.ts";

/** The flags that limit the days a command is about. */
export const rangeFlags = {
  days: { type: "string", valueHint: "N", description: "Only the last N days, today included" },
  since: {
    type: "string",
    valueHint: "DATE",
    description: "From this day on: YYYY-MM-DD, yesterday, 7d",
  },
  until: { type: "string", valueHint: "DATE", description: "Up to this day, included" },
} as const;

/** What was given of them. */
export type RangeFlags = { [flag in keyof typeof rangeFlags]?: string | undefined };

/** @throws UsageError when a flag is no date or number of days, or they contradict each other. */
export function rangeOf(flags: RangeFlags, today: string): Range {
  if (flags.days !== undefined && flags.since !== undefined) {
    throw new UsageError("--days and --since both say where to begin; give one of them.");
  }
  const until = flags.until === undefined ? null : dateFlag(flags.until, "until", today);
  const since = flags.since === undefined ? null : dateFlag(flags.since, "since", today);
  if (since !== null && until !== null && since > until)
    throw new UsageError(`--since ${since} is after --until ${until}; swap them.`);
  if (flags.days === undefined) return { since, until };
  // The calendar does not go back further than its year 0.
  const days = Math.min(wholeNumber(flags.days, "days", 1), 700_000);
  return { since: addDays(until ?? today, 1 - days), until };
}
