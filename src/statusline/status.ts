import { isWindow } from "../budget.ts";
import { machineTimezone, readKept } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { dayAt } from "../dates.ts";
import { findMachine } from "../ledger/machines.ts";
import { readBooks, withBooks, type Books } from "../ledger/open.ts";
import { keepPlanLimit } from "../ledger/plan-limits.ts";
import type { PlanLimit } from "../plan-limit.ts";
import { readAsOf } from "../readers/as-of.ts";
import { readBudgets, readStanding } from "../readers/budgets.ts";
import { readPlanLimits } from "../readers/plan-limits.ts";
import { ALL, askUsageOnce } from "../readers/selection.ts";
import type { UsageTotals } from "../readers/summary.ts";
import type { StatusInput } from "./input.ts";
import type { Status } from "./pieces.ts";

/**
 * What there is to say, of the books and of what was handed over; limits that have changed are kept. Nothing here
 * fails: what goes wrong is handed to `say`.
 */
export async function statusOf(
  db: string | undefined,
  input: StatusInput | null,
  say: (error: unknown) => void,
): Promise<Status> {
  const timezone = machineTimezone();
  const told = input?.limits ?? [];
  try {
    const path = existingDatabase(db);
    const { known, ...books } = await readBooks(path, (open) => readStatus(open, timezone));
    const changed = told.filter((limit) => !known.limits.some((last) => isSame(last, limit)));
    if (known.machine !== null && changed.length > 0) {
      await keepLimits(path, known.machine, changed, timezone).catch(say);
    }
    return { input, books, limits: currentLimits([...told, ...known.limits]), timezone };
  } catch (error) {
    say(error);
    return { input, books: null, limits: currentLimits(told), timezone };
  }
}

function readStatus(books: Books, timezone: string) {
  const now = Date.now();
  const { date } = dayAt(now, timezone);
  const today = askUsageOnce<UsageTotals>(books, "usage/totals.sql", {
    ...ALL,
    ...{ since: date, until: date },
  });
  const asOf = readAsOf(books, ALL, timezone);
  // The limits of the plan have pieces of their own.
  const [budget = null] = readBudgets(books)
    .filter(({ period }) => !isWindow(period))
    .map((one) => readStanding(books, one, { now, timezone }))
    .toSorted((a, b) => b.percent - a.percent);
  const uid = readKept()?.uid;
  const machine = uid === undefined ? undefined : findMachine(books, { uid });
  return {
    ...{ today, budget, isKnown: asOf.date === date },
    known: {
      machine: machine?.id ?? null,
      limits: machine === undefined ? [] : readPlanLimits(books, machine.id),
    },
  };
}

function isSame(a: PlanLimit, b: PlanLimit): boolean {
  return a.name === b.name && a.usedPercent === b.usedPercent && a.resetsAt === b.resetsAt;
}

/** The first of each window that has not been reset. */
function currentLimits(limits: readonly PlanLimit[]): PlanLimit[] {
  const now = new Date().toISOString();
  return limits.filter(
    (limit, place) =>
      limit.resetsAt > now && limits.findIndex(({ name }) => name === limit.name) === place,
  );
}

async function keepLimits(
  path: string,
  machine: number,
  limits: readonly PlanLimit[],
  timezone: string,
): Promise<void> {
  const now = Date.now();
  const seen = { machine, seenAt: new Date(now).toISOString(), date: dayAt(now, timezone).date };
  const keep = (books: Books): void => {
    for (const limit of limits) keepPlanLimit(books, { ...limit, ...seen });
  };
  // A fetch at work is not waited for: the next answer tells it again.
  await withBooks(path, keep, { patience: 50 });
}
