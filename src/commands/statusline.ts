import { defineCommand } from "citty";

import { machineTimezone, readKept } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { dayAt } from "../dates.ts";
import { UsageError } from "../errors.ts";
import { findMachine } from "../ledger/machines.ts";
import { readBooks, withBooks, type Books } from "../ledger/open.ts";
import { keepPlanLimit } from "../ledger/plan-limits.ts";
import type { PlanLimit } from "../plan-limit.ts";
import { readAsOf } from "../readers/as-of.ts";
import { readBudgetStatuses } from "../readers/budgets.ts";
import { readPlanLimits } from "../readers/plan-limits.ts";
import { ALL, askUsageOnce } from "../readers/selection.ts";
import type { UsageTotals } from "../readers/summary.ts";
import type { StatusInput } from "../statusline/input.ts";
import { pieces, statusLine, type Piece, type Status } from "../statusline/pieces.ts";
import { closest } from "./flags/check.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "statusline", description: "One line for Claude Code's status line, or a prompt" },
  args: {
    action: {
      type: "positional",
      required: false,
      description: "install or remove: in Claude Code's settings; none: print the line",
    },
    format: {
      type: "string",
      valueHint: "PIECES",
      description: `Which, in order: ${Object.keys(pieces).join(",")}`,
    },
    db: dbFlag,
  },
  async run({ args, rawArgs }) {
    const wanted = wantedPieces(args.format);
    if (args.action !== undefined) {
      await changeSettings(args.action, args.format);
      return;
    }
    // Nothing may break a prompt: what goes wrong is said only if asked.
    const say = (error: unknown): void => {
      if (rawArgs.includes("--verbose")) process.stderr.write(`${String(error)}\n`);
    };
    const input = await givenInput(say);
    const status = await statusOf(args.db, input, say);
    process.stdout.write(`${statusLine(status, wanted)}\n`);
  },
});

/** @throws UsageError when it is neither. */
async function changeSettings(action: string, format: string | undefined): Promise<void> {
  if (action !== "install" && action !== "remove") {
    const hint = closest(action, ["install", "remove"]);
    throw new UsageError(
      `\`ccbooks statusline\` cannot "${action}"; ${hint ? `did you mean ${hint}?` : "it takes install or remove, or nothing."}`,
    );
  }
  const { installStatusLine, ownCommand, removeStatusLine } =
    await import("../statusline/install.ts");
  const flags = format === undefined ? [] : ["--format", format];
  const changed =
    action === "install"
      ? installStatusLine(ownCommand("statusline", ...flags))
      : removeStatusLine();
  const { statusLineWords } = await import("../terminal/statusline-words.ts");
  const { say } = await import("../terminal/say.ts");
  say(statusLineWords(changed));
}

/** @throws UsageError when one of them is none. */
function wantedPieces(format: string | undefined): Piece[] {
  const known = Object.keys(pieces).filter(isPiece);
  if (format === undefined) return known;
  return format.split(",").map((name) => {
    const piece = known.find((one) => one === name.trim());
    if (piece !== undefined) return piece;
    const hint = closest(name.trim(), known);
    throw new UsageError(
      `--format takes ${known.join(",")}, not "${name}"${hint ? `; did you mean ${hint}?` : "."}`,
    );
  });
}

function isPiece(name: string): name is Piece {
  return Object.hasOwn(pieces, name);
}

/** More than Claude Code hands over, in characters. */
const MOST_INPUT = 1_000_000;

/** How long its input may take, in milliseconds. */
const PATIENCE = 500;

/** What Claude Code hands over; null for a prompt, where nothing does. */
async function givenInput(say: (error: unknown) => void): Promise<StatusInput | null> {
  if (process.stdin.isTTY) return null;
  const timer = setTimeout(() => process.stdin.destroy(), PATIENCE);
  let text = "";
  try {
    process.stdin.setEncoding("utf8");
    for await (const piece of process.stdin) {
      text += piece;
      if (text.length > MOST_INPUT) break;
    }
  } catch (error) {
    say(error);
  } finally {
    clearTimeout(timer);
  }
  if (text.trim() === "") return null;
  const { parseStatusInput } = await import("../statusline/input.ts");
  const input = parseStatusInput(text);
  if (input === null) say("What came in is not what Claude Code hands a status line.");
  return input;
}

async function statusOf(
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
  const { date } = dayAt(Date.now(), timezone);
  const today = askUsageOnce<UsageTotals>(books, "usage/totals.sql", {
    ...ALL,
    ...{ since: date, until: date },
  });
  const { statuses } = readBudgetStatuses(books, { today: date, timezone });
  const [budget = null] = statuses.toSorted((a, b) => b.percent - a.percent);
  const asOf = readAsOf(books, null, timezone);
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
