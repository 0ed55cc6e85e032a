import type { Projection } from "../readers/summary.ts";
import { money } from "../format/figures.ts";

/** What the month will come to, as the terminal and the page show it. */
export interface ProjectedCost {
  /** By the average of the last 7 days, and by that of the last 30. */
  bySevenDays: string;
  byThirtyDays: string;
  /** A day, over the last 7. */
  sevenDayAverage: string;
}

/** Null in the first days, and where no price is known: nobody can tell. */
export function projectedCost(projection: Projection): ProjectedCost | null {
  const { bySevenDays, byThirtyDays, sevenDayAverage } = projection;
  if (bySevenDays === null || sevenDayAverage === null || !byThirtyDays) return null;
  return {
    bySevenDays: money({
      totalCost: bySevenDays,
      unpricedTokens: projection.bySevenDaysUnpricedTokens,
    }),
    byThirtyDays: money({
      totalCost: byThirtyDays,
      unpricedTokens: projection.byThirtyDaysUnpricedTokens,
    }),
    sevenDayAverage: money({
      totalCost: sevenDayAverage,
      unpricedTokens: projection.sevenDayUnpricedTokens,
    }),
  };
}
