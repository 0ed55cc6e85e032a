import type { Settings } from "../config/settings.ts";
import { budgetCommand, spentWords, standingWords } from "../format/budget-figures.ts";
import { count } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { MachineRow } from "../ledger/machines.ts";
import type { Books } from "../ledger/open.ts";
import { readBudgets, readStanding, type Countable, type Standing } from "../readers/budgets.ts";
import { askUnkeptOnce } from "../readers/selection.ts";
import { unkeptCalls } from "./unkept.ts";

/** Who asks, and when (milliseconds since 1970). */
export interface Asked {
  transcriptPath: string;
  machine: MachineRow;
  settings: Settings;
  now: number;
}

/**
 * Why an agent is to stop: a budget that stops is over, by what the books hold and what its conversation has used
 * since.
 * @returns null when it may go on
 */
export function reasonToStop(books: Books, asked: Asked): string | null {
  const budgets = readBudgets(books).filter(({ stops }) => stops);
  if (budgets.length === 0) return null;
  const { transcriptPath, machine, settings, now } = asked;
  const calls = unkeptCalls(books, { transcriptPath, machine, now, prices: settings.prices });
  const over = budgets
    .map((budget) =>
      readStanding(books, budget, { now, timezone: machine.timezone }, (selection) =>
        askUnkeptOnce<Countable>(books, "usage/totals.sql", selection, calls),
      ),
    )
    .find(({ level }) => level === "over");
  return over === undefined ? null : reasonOf(over);
}

function reasonOf({ budget, percent, spent, unpricedTokens }: Standing): string {
  const sum = spentWords(spent, budget.unit, unpricedTokens);
  const unknown =
    unpricedTokens === 0 ? "" : ` (${count(unpricedTokens)} tokens have no known price)`;
  const amount = raised(budget, spent);
  const next =
    amount === null
      ? "Go on for now with `ccbooks guard off 30m`."
      : `Raise it with \`${budgetCommand({ ...budget, amount })}\`, or go on for now with \`ccbooks guard off 30m\`.`;
  return `${printable(budget.name)} is ${standingWords("over", percent, budget)}: ${sum}${unknown}. ${next}`;
}

/** A limit that is not reached yet: twice as much, or some more than is spent; null: there is none. */
function raised({ amount, unit }: Standing["budget"], spent: number): number | null {
  if (unit === "percent") return spent < 100 ? 100 : null;
  if (spent < amount * 2) return amount * 2;
  const wanted = spent * 1.25;
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(wanted)) - 1);
  return (Math.floor(wanted / magnitude) + 1) * magnitude;
}
