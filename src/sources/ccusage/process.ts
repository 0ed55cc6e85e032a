import { existsSync } from "node:fs";

import { execa } from "execa";

import { UserError } from "../../errors.ts";
import { openCapture, type Capture } from "./capture.ts";
import { programPath, type Program } from "./locate.ts";

/** How long to wait for ccusage, and how to be told to stop. */
export interface Patience {
  seconds: number;
  /** Milliseconds since 1970. */
  deadline: number;
  signal: AbortSignal;
  /** Claude Code's folders to read instead of those the environment names. */
  folders: readonly string[] | undefined;
  /** What to do when it has run out. */
  nextStep: string;
}

/** More than any report, in bytes: the longest text this runtime can hold. */
const MOST_BYTES = 500_000_000;

/** More than anybody reads of what went wrong, in characters; execa needs 0.2 s to quote as much. */
const MOST_WORDS = 1_000_000;

/** How long what was said last may take to arrive, in milliseconds. */
const LAST_WORDS = 100;

/** What ends ccbooks, unless somebody listens. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs ccusage and gives what it printed, and what it said on standard error. A crash gets a second chance: a transcript that is swept
 * while it is read can cause one. Whatever it does and however it ends, also with ccbooks itself, all
 * that it started ends with it.
 * @param name how to call it in a sentence
 * @throws UserError for each way it can fail: what happened and what to do.
 */
export async function runCcusage(
  program: Program,
  name: string,
  args: string[],
  patience: Patience,
): Promise<{ printed: string; stderr: string }> {
  const interruption = hearInterruption();
  const signal = AbortSignal.any([patience.signal, interruption.signal]);
  try {
    const again = (): Promise<Attempt> => attempt(program, name, args, { ...patience, signal });
    const first = await again();
    const { printed, stderr, failure } = first.failure ? await again() : first;
    if (failure !== undefined) {
      throw new UserError(`${name} ${failure}; ${tryByHand(program, args)}`);
    }
    return { printed, stderr };
  } finally {
    interruption.ignore();
  }
}

/**
 * Hears what the terminal says to ccbooks alone, since ccusage is in a process group of its own. It
 * matters where somebody else outlives the signal: `--watch` draws once more after Ctrl-C. Else ccbooks
 * ends, and execa has ccusage end first.
 * @returns aborted at the first such signal, unless ignored before
 */
function hearInterruption(): { signal: AbortSignal; ignore(): void } {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  // Heard first and once, so that execa then finds whether anybody else listens: if not, it ends ccbooks.
  for (const ending of endings) process.prependOnceListener(ending, interrupt);
  return {
    signal: interruption.signal,
    ignore: () => {
      for (const ending of endings) process.off(ending, interrupt);
    },
  };
}

/** What one run printed, or how it crashed. */
interface Attempt {
  printed: string;
  stderr: string;
  failure?: string;
}

/**
 * One run.
 * @throws UserError for failures that would only repeat.
 */
async function attempt(
  program: Program,
  name: string,
  args: string[],
  patience: Patience,
): Promise<Attempt> {
  const capture = openCapture(MOST_BYTES);
  try {
    const result = await start(program, args, capture, patience);
    // Looked at first: what prints too much is ended for it, and may have crashed or timed out as well.
    const ending = capture.isTooMuch()
      ? `printed more than ${MOST_BYTES / 1e6} MB, which is no usage report; check --ccusage.`
      : endedFor(result, patience, tryByHand(program, args));
    if (ending !== undefined) throw new UserError(`${name} ${ending}`);
    if (!result.failed) return { printed: capture.read(), stderr: result.stderr };
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new UserError(cannotStart(program, result.code));
    }
    const words = firstWords(result.stderr);
    if (words.includes("No valid Claude data directories")) {
      throw new UserError(
        `CLAUDE_CONFIG_DIR (${process.env["CLAUDE_CONFIG_DIR"]}) names no folder with Claude Code's projects/ in it; correct or unset it.`,
      );
    }
    const end = result.signal
      ? `was killed by ${result.signal}`
      : `failed with exit code ${result.exitCode}`;
    return { printed: "", stderr: "", failure: `${end}${words && ` and said: ${words}`}` };
  } finally {
    capture.close();
  }
}

/** Starts it, within its bounds. It only reads, so it is never asked to end but ended. */
function start(
  program: Program,
  args: string[],
  { stream, overflow }: Capture,
  { deadline, signal, folders }: Patience,
) {
  const running = execa(program.file, [...program.leading, ...args], {
    reject: false,
    stdin: "ignore",
    stdout: stream,
    maxBuffer: { stderr: MOST_WORDS },
    timeout: Math.max(1, deadline - Date.now()),
    cancelSignal: AbortSignal.any([signal, overflow]),
    // A process group of its own, which ends as one, also when ccbooks does.
    killDescendants: true,
    // Nothing is deaf to it.
    killSignal: "SIGKILL",
    forceKillAfterDelay: false,
    env: {
      // Renames models in the reports.
      CCUSAGE_MODEL_ALIASES: undefined,
      // At this level it says that prices could not be downloaded, and little else.
      LOG_LEVEL: "4",
      ...(folders === undefined ? {} : { CLAUDE_CONFIG_DIR: folders.join(",") }),
    },
  });
  running.nodeChildProcess.once("exit", () => {
    // Nobody waits for what it left behind, and that could keep stderr open.
    running.kill();
    // So may what left its process group, where nobody can end it.
    setTimeout(() => running.stderr.destroy(), LAST_WORDS).unref();
  });
  return running;
}

/**
 * What it was ended for, and the next step; undefined when it ended by itself.
 * @param byHand the next step where it says too much
 */
function endedFor(
  result: { isMaxBuffer: boolean; timedOut: boolean; isCanceled: boolean },
  { seconds, nextStep }: Patience,
  byHand: string,
): string | undefined {
  if (result.isMaxBuffer) {
    return `printed more than ${MOST_WORDS / 1e6} MB of error messages; ${byHand}`;
  }
  if (result.timedOut) {
    return `did not finish within ${seconds} second${seconds === 1 ? "" : "s"}; ${nextStep}`;
  }
  return result.isCanceled ? "was stopped before it was done; run the fetch again." : undefined;
}

function cannotStart(program: Program, code: string | undefined): string {
  const name = programPath(program);
  if (code === "ENOENT" && existsSync(name)) {
    return `${name} could not be started, since the program its first line names is missing; install that, or leave --ccusage out.`;
  }
  if (code === "ENOENT") {
    return `There is no ccusage program at ${name}; correct --ccusage (or CCBOOKS_CCUSAGE), or leave it out to use ccbooks' own.`;
  }
  return `${name} could not be started (${code}); check that it is a program for this machine, or leave --ccusage out to use ccbooks' own.`;
}

/** The next step after a failure that ccusage itself can say more about. */
export function tryByHand(program: Program, args: string[]): string {
  const command = [program.leading.length > 0 ? "node" : program.file, ...program.leading, ...args];
  const quoted = command.map((word) => (word.includes(" ") ? `"${word}"` : word));
  return `run \`${quoted.join(" ")}\` by hand to see more.`;
}

/** The line that says the most, without ccusage's wrapping, short enough for a sentence. */
function firstWords(stderr: string): string {
  const lines = stderr.split("\n").filter((text) => text.trim() !== "");
  const line = lines.find((text) => /error/i.test(text)) ?? lines[0] ?? "";
  return line
    .trim()
    .replace(/^Error: (?:CliError\("(.*)"\))?/, "$1")
    .slice(0, 200);
}
