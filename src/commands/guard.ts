import { defineCommand } from "citty";

import { keepGuardState, readGuardState } from "../config/guard.ts";
import { machineTimezone, readKept } from "../config/machine.ts";
import { databasePath, existingDatabase } from "../config/paths.ts";
import { readSettings } from "../config/settings.ts";
import { errorCode, UsageError, UserError } from "../errors.ts";
import { findMachine } from "../ledger/machines.ts";
import { readBooks } from "../ledger/open.ts";
import type { HookInput } from "../guard/input.ts";
import { spanOf, unknownAction } from "./flags/check.ts";
import { readInput } from "./flags/input.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "guard", description: "Stop an agent when a budget that says --stop is over" },
  args: {
    action: {
      type: "positional",
      required: false,
      description: "install, remove, off, on; none: answer Claude Code's hook",
    },
    time: { type: "positional", required: false, description: "With off: how long, such as 30m" },
    db: dbFlag,
  },
  async run({ args, rawArgs }) {
    if (args.time !== undefined && args.action !== "off") {
      throw new UsageError(`A time goes with \`ccbooks guard off\`; leave "${args.time}" out.`);
    }
    if (args.action === undefined) await answer(args.db, rawArgs.includes("--verbose"));
    else if (isAction(args.action)) await actions[args.action](args);
    else throw unknownAction("guard", args.action, Object.keys(actions));
  },
});

interface Flags {
  time?: string | undefined;
  db?: string | undefined;
}

const actions = {
  async install({ db }: Flags): Promise<void> {
    const { installGuard } = await import("../guard/install.ts");
    const { claudeSettingsWords } = await import("../terminal/claude-settings-words.ts");
    await sayLines(claudeSettingsWords(installGuard(db === undefined ? [] : ["--db", db]), "hook"));
    await sayLines(await whatItDoes(db));
  },
  async remove(): Promise<void> {
    const { removeGuard } = await import("../guard/install.ts");
    const { claudeSettingsWords } = await import("../terminal/claude-settings-words.ts");
    await sayLines(claudeSettingsWords(removeGuard(), "hook"));
  },
  async off({ time }: Flags): Promise<void> {
    if (time === undefined) {
      throw new UsageError("Missing how long the guard is off: `ccbooks guard off 30m`.");
    }
    const seconds = spanOf(time, "`ccbooks guard off`");
    const offUntil = new Date(Date.now() + seconds * 1000).toISOString();
    keepGuardState({ offUntil });
    const { offWords } = await import("../terminal/guard-words.ts");
    await sayLines(offWords(offUntil, machineTimezone()));
  },
  async on(): Promise<void> {
    keepGuardState({ offUntil: null });
    await sayLines("The guard is on again.");
  },
};

function isAction(text: string): text is keyof typeof actions {
  return Object.hasOwn(actions, text);
}

async function sayLines(text: string): Promise<void> {
  const { say } = await import("../terminal/say.ts");
  say(text);
}

/** What Claude Code's hook asks; a person who types it is told what it does. */
async function answer(db: string | undefined, isVerbose: boolean): Promise<void> {
  if (process.stdin.isTTY) {
    process.stdout.write(`${await whatItDoes(db)}\n`);
    return;
  }
  const say = (text: string): void => {
    if (isVerbose) process.stderr.write(`${text}\n`);
  };
  const text = await readInput((error) => say(String(error)));
  const { parseHookInput } = await import("../guard/input.ts");
  const hook = text === null ? null : parseHookInput(text);
  if (hook === null) {
    say("What came in is not what Claude Code hands its hooks.");
    return;
  }
  const answered = await answerTo(hook, db, say);
  if (answered !== null) process.stdout.write(`${JSON.stringify(answered)}\n`);
}

/** What Claude Code takes for an answer; nothing: the agent goes on. */
type Answer = { continue: false; stopReason: string } | { systemMessage: string };

/** Nobody is stopped by a mistake: where the books cannot be read, that is said once a session. */
async function answerTo(
  hook: HookInput,
  db: string | undefined,
  say: (text: string) => void,
): Promise<Answer | null> {
  const { offUntil, toldSessions } = readGuardState();
  if (offUntil !== null && new Date().toISOString() < offUntil) return null;
  try {
    const stopReason = await reasonFor(hook, db);
    return stopReason === null ? null : { continue: false, stopReason };
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    // Somebody writes: the next time will tell.
    if (error instanceof UserError && errorCode(error.cause) === "SQLITE_BUSY") return null;
    if (toldSessions.includes(hook.sessionId)) return null;
    keepGuardState({ toldSessions: [hook.sessionId, ...toldSessions].slice(0, REMEMBERED) });
    const why = error instanceof UserError ? error.message : String(error);
    return { systemMessage: `The guard of ccbooks stops nobody for now: ${why}` };
  }
}

/** So many sessions are remembered to have been told. */
const REMEMBERED = 50;

/** How long a fetch at work is waited for, in milliseconds. */
const PATIENCE = 200;

async function reasonFor(
  { transcriptPath }: HookInput,
  db: string | undefined,
): Promise<string | null> {
  const settings = await readSettings();
  const { reasonToStop } = await import("../guard/verdict.ts");
  return readBooks(
    existingDatabase(db),
    (books) => {
      const uid = readKept()?.uid;
      const machine = uid === undefined ? undefined : findMachine(books, { uid });
      if (machine === undefined) {
        throw new UserError("This machine has fetched nothing so far; run `ccbooks fetch`.");
      }
      return reasonToStop(books, { transcriptPath, machine, settings, now: Date.now() });
    },
    { patience: PATIENCE },
  );
}

async function whatItDoes(db: string | undefined): Promise<string> {
  const { isGuardInstalled } = await import("../guard/install.ts");
  const { guardWords } = await import("../terminal/guard-words.ts");
  const { readBudgets } = await import("../readers/budgets.ts");
  const { existsSync } = await import("node:fs");
  // It may be installed before the first fetch.
  const path = databasePath(db);
  const budgets = existsSync(path) ? await readBooks(path, readBudgets) : [];
  return guardWords({
    isInstalled: isGuardInstalled(),
    offUntil: readGuardState().offUntil,
    budgets: budgets.filter(({ stops }) => stops),
    timezone: machineTimezone(),
  });
}
