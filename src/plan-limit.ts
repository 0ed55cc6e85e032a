/** What a plan limits: windows of 5 hours, and of 7 days. */
export const LIMITS = ["five_hour", "seven_day"] as const;

export type LimitName = (typeof LIMITS)[number];

/** How full a window of a plan is. */
export interface PlanLimit {
  name: LimitName;
  /** 0 to 100. */
  usedPercent: number;
  /** ISO 8601 UTC. */
  resetsAt: string;
}

const HOUR = 3_600_000;

const LENGTH: Record<LimitName, number> = { five_hour: 5 * HOUR, seven_day: 168 * HOUR };

/** When the window began that is reset then, to the minute, as the seconds vary. ISO 8601 UTC. */
export function windowStart(name: LimitName, resetsAt: string): string {
  const minute = Math.round((Date.parse(resetsAt) - LENGTH[name]) / 60_000);
  return new Date(minute * 60_000).toISOString();
}
