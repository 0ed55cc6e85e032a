import { UserError } from "../../errors.ts";
import type { Ccusage } from "./find.ts";
import { programPath, type Program } from "./locate.ts";
import { runCcusage, tryByHand, type Patience } from "./process.ts";
import { reportArguments, usedBuiltInPrices, type Question } from "./releases.ts";

/** What it is asked, of which folders, and for how long. */
export interface Task extends Question {
  folders: readonly string[];
  /** How long all that is asked may take, in seconds. */
  timeout: number;
  /** When that is over: milliseconds since 1970. */
  deadline: number;
}

/** What it printed, not yet believed. */
export interface Printed {
  text: string;
  /** How it was called. */
  arguments: string[];
  /** Where its prices came from, in truth. */
  prices: "downloaded" | "built in";
}

/** How long a ccusage may take to say its version at most, in seconds. */
const VERSION_TIMEOUT = 30;

/**
 * Asks a program which release of ccusage it is.
 * @throws UserError when it does not start, or is no ccusage.
 */
export async function askVersion(program: Program, timeout = VERSION_TIMEOUT): Promise<string> {
  const seconds = Math.min(timeout, VERSION_TIMEOUT);
  const { printed } = await runCcusage(program, "ccusage", ["--version"], {
    seconds,
    deadline: Date.now() + seconds * 1000,
    signal: new AbortController().signal,
    folders: undefined,
    nextStep: tryByHand(program, ["--version"]),
  });
  const version = printed.match(/\d{1,9}\.\d{1,9}\.\d{1,9}/)?.[0];
  if (version !== undefined) return version;
  throw new UserError(
    `${programPath(program)} does not say its version when asked with --version, so it is not a ccusage ccbooks knows; correct --ccusage.`,
  );
}

/**
 * Has ccusage make a report.
 * @throws UserError for each way it can fail.
 */
export async function askCcusage(
  { program, version }: Ccusage,
  { folders, timeout, deadline, ...question }: Task,
): Promise<Printed> {
  const patience: Patience = {
    seconds: timeout,
    deadline,
    signal: new AbortController().signal,
    folders,
    nextStep: "give it more with --timeout, or find out what it waits for.",
  };
  const args = reportArguments(question);
  const name = `ccusage ${version}`;
  const { printed, stderr } = await runCcusage(program, name, args, patience);
  if (printed.trim() === "") {
    throw new UserError(
      `${name} printed nothing where a report was expected; ${tryByHand(program, args)}`,
    );
  }
  const isBuiltIn = question.offline || usedBuiltInPrices(stderr);
  return { text: printed, arguments: args, prices: isBuiltIn ? "built in" : "downloaded" };
}
