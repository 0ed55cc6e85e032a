import { grainFor, type Grain } from "../readers/grain.ts";
import type { RangeData } from "../readers/page-range.ts";

/** Whether a chart of weeks, or of days a column a week, needs no more than half the page. */
export function isShort({ periods }: RangeData): boolean {
  return periods.week.length <= 26;
}

/** Figures are listed day by day for a month, and month by month for more. */
export function listedGrain(data: RangeData): Grain {
  return grainFor(data.periods, { days: 31, weeks: 0 });
}
