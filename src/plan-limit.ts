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
