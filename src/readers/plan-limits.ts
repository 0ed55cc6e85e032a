import type { Books } from "../ledger/open.ts";
import type { PlanLimit } from "../plan-limit.ts";
import { query } from "./query.ts";

/** How full each window was when a machine was last told. */
export function readPlanLimits(books: Books, machine: number): PlanLimit[] {
  return query(books, "statusline/limits.sql", { machine });
}
