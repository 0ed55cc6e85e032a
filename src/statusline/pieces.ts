import type { StatusInput } from "./input.ts";
import type { PlanLimit } from "../plan-limit.ts";
import type { Standing } from "../readers/budgets.ts";
import type { UsageTotals } from "../readers/summary.ts";
import { localMinute } from "../dates.ts";
import { limitWords } from "../format/budget-figures.ts";
import { money } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { beginningOf } from "../format/width.ts";

/** What a status line is made of. */
export interface Status {
  input: StatusInput | null;
  /** Null where there are no books. */
  books: {
    today: UsageTotals;
    /** The budget of which most is used; null where there is none. */
    budget: Standing | null;
    /** Whether today is known: fetched. */
    isKnown: boolean;
  } | null;
  /** The limits of the plan that have not been reset since they were told. */
  limits: PlanLimit[];
  timezone: string;
}

/** Each piece by its name; null where there is nothing to say. */
export const pieces = {
  model: ({ input }: Status) =>
    input === null || input.model === null
      ? null
      : beginningOf(printable(input.model).replace(/^claude-/, ""), 30),
  today: ({ books }: Status) => {
    if (books === null) return null;
    return books.isKnown ? `${money(books.today)} today` : "today unknown";
  },
  budget: ({ books }: Status) => {
    if (books === null || books.budget === null) return null;
    const { budget, percent, unpricedTokens } = books.budget;
    return `${unpricedTokens > 0 ? "≥ " : ""}${Math.floor(percent)}% of ${limitWords(budget)}`;
  },
  five_hour: ({ limits, timezone }: Status) => {
    const limit = limits.find(({ name }) => name === "five_hour");
    if (limit === undefined) return null;
    const until = localMinute(limit.resetsAt, timezone).slice(11);
    return `5h ${Math.round(limit.usedPercent)}% until ${until}`;
  },
  week: ({ limits }: Status) => {
    const limit = limits.find(({ name }) => name === "seven_day");
    return limit === undefined ? null : `week ${Math.round(limit.usedPercent)}%`;
  },
  cache: ({ books }: Status) => {
    const rate = books?.today.hitRate ?? null;
    return rate === null ? null : `cache ${Math.round(rate * 100)}%`;
  },
} as const;

export type Piece = keyof typeof pieces;

/** The pieces that have something to say, in one line. */
export function statusLine(status: Status, wanted: readonly Piece[]): string {
  return wanted
    .map((piece) => pieces[piece](status))
    .filter((words) => words !== null)
    .join(" · ");
}
