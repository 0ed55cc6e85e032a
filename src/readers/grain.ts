/** How long the stretches are that usage is summed over. A week is named by its Monday. */
export type Grain = "day" | "week" | "month";

/** The finest grain of which there are not too many to be told apart. */
export function grainFor(
  periods: Record<Grain, readonly unknown[]>,
  { days, weeks }: { days: number; weeks: number },
): Grain {
  if (periods.day.length <= days) return "day";
  return periods.week.length <= weeks ? "week" : "month";
}
