import {
  CALENDAR_PERIODS,
  isBudgetName,
  NO_SCOPE,
  USUAL_WARN_PERCENT,
  type Budget,
} from "../../budget.ts";
import { UsageError } from "../../errors.ts";
import { LIMITS } from "../../plan-limit.ts";
import { checkSourceTells, selectionFlags, sourceNamed } from "./selection.ts";

const { session: _, ...scopeFlags } = selectionFlags;

/** The flags that say what a budget is. */
export const budgetFlags = {
  amount: { type: "string", valueHint: "N", description: "The limit: 10, 0.5, 2M" },
  unit: { type: "string", valueHint: "UNIT", description: "usd (default) or tokens" },
  period: { type: "string", valueHint: "PERIOD", description: "day (default), week or month" },
  warn: {
    type: "string",
    valueHint: "PERCENT",
    description: `Warn from here on; ${USUAL_WARN_PERCENT}`,
  },
  limit: {
    type: "string",
    valueHint: "WINDOW",
    description: "Of the plan: five_hour or seven_day",
  },
  stop: { type: "boolean", description: "Over it, the guard stops the agent" },
  "count-cache": { type: "boolean", description: "Cache reads are tokens too" },
  ...scopeFlags,
} as const;

export type BudgetFlags = {
  [flag in keyof typeof budgetFlags]?: (typeof budgetFlags)[flag]["type"] extends "boolean"
    ? boolean | undefined
    : string | undefined;
};

/** More than anybody spends, and exact as a number. */
const MOST = { usd: 1e9, tokens: 1e15, percent: 100 };

const USAGE_UNITS = ["usd", "tokens"] as const;

/**
 * The budget that flags make.
 * @throws UsageError when one of them is missing or makes no sense.
 */
export function budgetOf(name: string, flags: BudgetFlags): Budget {
  checkBudgetName(name);
  if (flags.limit !== undefined) return limitBudgetOf(name, flags.limit, flags);
  const unit = oneOf(USAGE_UNITS, flags.unit ?? "usd", "unit");
  if (flags.amount === undefined) {
    throw new UsageError(`Missing the limit: \`ccbooks budget set ${name} --amount 10\`.`);
  }
  const countsCache = flags["count-cache"] === true;
  if (countsCache && unit === "usd") {
    throw new UsageError("--count-cache is for tokens: cache reads have their price in dollars.");
  }
  const { project = null, model = null, branch = null, machine = null, agent = null } = flags;
  const source = sourceNamed(flags.source);
  checkSourceTells({ source, branch, machine, agent, session: null });
  return {
    name,
    amount: amountOf(flags.amount, unit),
    unit,
    period: oneOf(CALENDAR_PERIODS, flags.period ?? "day", "period"),
    warnPercent: warnPercentOf(flags.warn),
    countsCache,
    stops: flags.stop === true,
    scope: { source, project, model, branch, machine, agent },
  };
}

/** What says nothing of a limit of the plan: that is told for all that is used. */
const NOT_OF_LIMITS = [
  "source",
  "unit",
  "period",
  "count-cache",
  "project",
  "model",
  "branch",
  "agent",
] as const;

/** A budget of a limit of the plan. */
function limitBudgetOf(name: string, limit: string, flags: BudgetFlags): Budget {
  const wrong = NOT_OF_LIMITS.find((flag) => flags[flag] !== undefined);
  if (wrong !== undefined) {
    throw new UsageError(`--${wrong} says nothing of a limit of the plan; leave it out.`);
  }
  return {
    name,
    amount: amountOf(flags.amount ?? "100", "percent"),
    unit: "percent",
    period: oneOf(LIMITS, limit, "limit"),
    warnPercent: warnPercentOf(flags.warn),
    countsCache: false,
    stops: flags.stop === true,
    scope: { ...NO_SCOPE, machine: flags.machine ?? null },
  };
}

/** @throws UsageError when a name is empty, too long, or would not stay in its line. */
export function checkBudgetName(name: string): void {
  if (isBudgetName(name)) return;
  throw new UsageError(
    "A budget's name is at most 60 visible characters, such as storefront-daily.",
  );
}

function amountOf(text: string, unit: Budget["unit"]): number {
  const [, digits, suffix = ""] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text) ?? [];
  const factor = { "": 1, k: 1e3, M: 1e6, G: 1e9 }[suffix] ?? 1;
  const amount = Number(digits) * factor;
  if (amount > 0 && amount <= MOST[unit]) return amount;
  const most = { usd: "a billion dollars", tokens: "10^15 tokens", percent: "100 percent" }[unit];
  throw new UsageError(
    `--amount takes a number above 0 and up to ${most}, such as 10 or 2M, not "${text}".`,
  );
}

function warnPercentOf(text: string | undefined): number {
  if (text === undefined) return USUAL_WARN_PERCENT;
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (percent > 0 && percent <= 100) return percent;
  throw new UsageError(`--warn takes a percentage above 0 and up to 100, not "${text}".`);
}

function oneOf<Known extends string>(known: readonly Known[], text: string, flag: string): Known {
  const found = known.find((one) => one === text.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`--${flag} takes ${known.join(" or ")}, not "${text}".`);
}
