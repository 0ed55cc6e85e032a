import { addDays } from "../dates.ts";
import type { AsOf } from "../readers/as-of.ts";
import type { FirstScreen } from "../readers/summary.ts";

export const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

/** What to say where there is nothing to show; null where there is something. */
export function emptyWords({ total, range: { since, until } }: FirstScreen): string | null {
  if (total.firstDate !== null) return null;
  return since === null && until === null
    ? "The books are empty so far; use Claude Code, then run `ccbooks fetch`."
    : "No usage in this range; `ccbooks stats` alone shows all there is.";
}

/** The last day that is known whole. */
export function wholeDaysEnd(today: string, { date }: AsOf): string {
  return date === null || date >= today ? "yesterday" : addDays(date, -1);
}
