import type { PlanLimit } from "../plan-limit.ts";
import type { Books } from "./books.ts";

/** A plan's limit as one machine was told of it. */
export interface SeenLimit extends PlanLimit {
  /** Its row. */
  machine: number;
  /** ISO 8601 UTC. */
  seenAt: string;
  /** The machine's local day of that. */
  date: string;
}

/** Keeps how full a window is. Of two that were told at one time the fuller stays, whichever comes first. */
export function keepPlanLimit(books: Books, limit: SeenLimit): void {
  books
    .prepare<[SeenLimit]>(
      `INSERT INTO plan_limit (machine, name, seen_at, date, used_percent, resets_at)
       VALUES (@machine, @name, @seenAt, @date, @usedPercent, @resetsAt)
       ON CONFLICT DO UPDATE SET
         date = excluded.date, used_percent = excluded.used_percent, resets_at = excluded.resets_at
       WHERE (used_percent, resets_at, date)
         < (excluded.used_percent, excluded.resets_at, excluded.date)`,
    )
    .run(limit);
}
