import type { Grain, RangeData } from "../readers/page-range.ts";

/** The finest grain of which there are not too many to be told apart. */
export function grainFor(
  { periods }: RangeData,
  { days, weeks }: { days: number; weeks: number },
): Grain {
  if (periods.day.length <= days) return "day";
  return periods.week.length <= weeks ? "week" : "month";
}

/** Whether a chart of weeks, or of days a column a week, needs no more than half the page. */
export function isShort({ periods }: RangeData): boolean {
  return periods.week.length <= 26;
}

/** Figures are listed day by day for a month, and month by month for more. */
export function listedGrain(data: RangeData): Grain {
  return grainFor(data, { days: 31, weeks: 0 });
}
