import type { Cell, SessionUsage } from "../usage.ts";
import { add, sumTokens } from "./cells.ts";
import { keepPrices } from "./prices.ts";
import { shortfall } from "./shortfall.ts";

/** What the last report showed of a subject, and what the books hold beyond it. */
export interface Meter {
  reported: Cell[];
  carried: Cell[];
}

/**
 * How a new report of a day is to be understood:
 * - `running`: the day was not over when it was last read, so less than then means logs were lost;
 * - `over`: it could only lose since, and what comes back was there before;
 * - `recount`: another method counts it, and nothing explains less but the counting itself.
 */
export type DayRule = "running" | "over" | "recount";

/** Shown = reported + carried. */
export function shown(meter: Meter): Cell[] {
  return add(meter.reported, meter.carried);
}

/**
 * Folds a report of a day into what the books hold of it. A day is a counter that can be reset: on a
 * drop, what the meter showed is carried. A day missing from the report is an empty list of cells.
 */
export function foldDay(
  before: Meter,
  report: readonly Cell[],
  rule: DayRule,
  sameMethod: boolean,
): Meter {
  if (rule === "over") {
    const held = shown(before);
    const known = keepPrices(before.reported, report, sameMethod);
    const reported = keepPrices(held, known, sameMethod);
    return { reported, carried: shortfall(held, reported) };
  }
  const reported = keepPrices(before.reported, report, sameMethod);
  if (rule === "recount") return { reported, carried: before.carried };
  return { reported, carried: add(before.carried, shortfall(before.reported, reported)) };
}

/**
 * Folds a report of a session. The newest report wins and a vanished session stays as last seen.
 * Without new activity a session may fall (a fork took its credit) but not grow (a deleted session's
 * credit moved in): then undefined, there is nothing to change.
 */
export function foldSession(
  before: Meter & { activity: string | null },
  report: SessionUsage | undefined,
  sameMethod: boolean,
): Meter | undefined {
  const held = shown(before);
  if (report === undefined) return { reported: [], carried: held };
  const reported = keepPrices(held, report.cells, sameMethod);
  const active = before.activity !== (report.lastActivityAt ?? report.lastActivity);
  if (sameMethod && !active && sumTokens(reported) > sumTokens(held)) return undefined;
  return { reported, carried: [] };
}
