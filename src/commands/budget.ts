import { defineCommand } from "citty";

import type { Budget } from "../budget.ts";
import { proposeBudgets } from "../budgets/propose.ts";
import { machineTimezone } from "../config/machine.ts";
import { databasePath, existingDatabase } from "../config/paths.ts";
import { dayAt } from "../dates.ts";
import { UsageError, UserError } from "../errors.ts";
import { removeBudget, setBudget } from "../ledger/budgets.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import { readBudgets, readBudgetStatuses, type BudgetStatuses } from "../readers/budgets.ts";
import { ALL } from "../readers/selection.ts";
import { budgetFlags, budgetOf, type BudgetFlags } from "./flags/budget.ts";
import { insteadOf, unknownAction } from "./flags/check.ts";
import { checkOwners, meantNames } from "./flags/selection.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "budget", description: "Limits for a day, week or month, and how they stand" },
  args: {
    action: {
      type: "positional",
      required: false,
      description: "set, list, remove, init, or check (default)",
    },
    name: { type: "positional", required: false, description: "Which one to set or remove" },
    ...budgetFlags,
    yes: { type: "boolean", description: "With init: set what it proposes" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const action = actionOf(args.action ?? "check");
    checkAction(action, args);
    await actions[action].run(args);
  },
});

interface Flags extends BudgetFlags {
  name?: string | undefined;
  yes?: boolean | undefined;
  db?: string | undefined;
  json?: boolean | undefined;
}

type Action = "set" | "list" | "remove" | "init" | "check";

/** What each action does, and the flags it takes besides --db. */
const actions: Record<Action, { run(flags: Flags): Promise<void>; takes: string[] }> = {
  set: { run: set, takes: ["name", ...Object.keys(budgetFlags)] },
  list: { run: list, takes: ["json"] },
  remove: { run: remove, takes: ["name"] },
  init: { run: init, takes: ["yes"] },
  check: { run: check, takes: ["json"] },
};

function actionOf(text: string): Action {
  const known = Object.keys(actions).filter(isAction);
  const action = known.find((one) => one === text);
  if (action !== undefined) return action;
  throw unknownAction("budget", text, known);
}

function isAction(text: string): text is Action {
  return Object.hasOwn(actions, text);
}

/** @throws UsageError when a flag or a name is given that the action does not take, or one is missing. */
function checkAction(action: Action, flags: Flags): void {
  const { takes } = actions[action];
  const others = new Set(Object.values(actions).flatMap((other) => other.takes));
  const wrong = Object.entries(flags).find(
    ([flag, value]) => value !== undefined && others.has(flag) && !takes.includes(flag),
  )?.[0];
  if (wrong !== undefined) {
    const right = Object.entries(actions).find(([, other]) => other.takes.includes(wrong))?.[0];
    const what = wrong === "name" ? "A name" : `--${wrong}`;
    throw new UsageError(`${what} is for \`ccbooks budget ${right}\`; leave it out here.`);
  }
  if (takes.includes("name") && flags.name === undefined) {
    throw new UsageError(`Missing the budget's name: \`ccbooks budget ${action} NAME\`.`);
  }
}

async function set(flags: Flags): Promise<void> {
  const budget = budgetOf(flags.name ?? "", flags);
  const meant = await withBooks(databasePath(flags.db), (books) => {
    const selection = { ...ALL, ...budget.scope };
    checkOwners(books, selection);
    setBudget(books, budget, new Date().toISOString());
    return meantNames(books, selection);
  });
  const { say, sayWarning } = await import("../terminal/say.ts");
  const { budgetsWords } = await import("../terminal/budget-words.ts");
  say(budgetsWords([budget]));
  if (meant.length > 0) {
    sayWarning(`There is no usage of that so far; did you mean ${meant.join(" ")}?`);
  }
}

async function list({ db, json }: Flags): Promise<void> {
  const budgets = await readBooks(existingDatabase(db), readBudgets);
  if (json) {
    const { printJson } = await import("../terminal/json.ts");
    printJson({ budgets });
    return;
  }
  const { budgetsWords } = await import("../terminal/budget-words.ts");
  process.stdout.write(`${budgetsWords(budgets)}\n`);
}

async function remove({ name = "", db }: Flags): Promise<void> {
  await withBooks(existingDatabase(db), (books) => {
    if (removeBudget(books, name, new Date().toISOString())) return;
    const known = readBudgets(books).map((budget) => budget.name);
    throw new UserError(`There is no budget "${name}"; ${insteadOf(name, known)}`);
  });
  const { say } = await import("../terminal/say.ts");
  say(`The budget ${name} is removed.`);
}

/** Proposes budgets; only those whose names are free are set. */
async function init({ db, yes }: Flags): Promise<void> {
  const timezone = machineTimezone();
  const proposed = await readBooks(existingDatabase(db), (books): Budget[] => {
    const known = new Set(readBudgets(books).map(({ name }) => name));
    const all = proposeBudgets(books, timezone);
    return all.filter(({ name }) => !known.has(name));
  });
  const { say } = await import("../terminal/say.ts");
  if (proposed.length === 0) {
    say("All that there is to propose is set; `ccbooks budget check` says how it stands.");
    return;
  }
  const { budgetsWords } = await import("../terminal/budget-words.ts");
  say(budgetsWords(proposed));
  if (!(yes ?? (await confirmed()))) {
    say("\nNothing was set; `ccbooks budget init --yes` sets these.");
    return;
  }
  await withBooks(existingDatabase(db), (books) => {
    const changedAt = new Date().toISOString();
    for (const budget of proposed) setBudget(books, budget, changedAt);
  });
  say(
    `\n${proposed.length === 1 ? "It is" : "They are"} set; every fetch looks at them from now on.`,
  );
}

/** Nobody answers where there is no terminal. */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question("\nSet these? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}

/** Exit code 3: a budget is near its limit. 4: one is over. */
const EXIT_CODES = { ok: 0, warn: 3, over: 4 };

async function check({ db, json }: Flags): Promise<void> {
  const timezone = machineTimezone();
  const now = Date.now();
  const found = await readBooks(existingDatabase(db), (books): BudgetStatuses =>
    readBudgetStatuses(books, { now, timezone }),
  );
  const codes = found.statuses.map(({ level }) => EXIT_CODES[level]);
  process.exitCode = Math.max(0, ...codes);
  if (json) {
    const { printJson } = await import("../terminal/json.ts");
    printJson(found);
    return;
  }
  const { budgetCheckWords } = await import("../terminal/budget-words.ts");
  process.stdout.write(
    `${budgetCheckWords(found, { today: dayAt(now, timezone).date, timezone })}\n`,
  );
}
