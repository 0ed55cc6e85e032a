import { existsSync } from "node:fs";

import { execa } from "execa";

import { UserError } from "../../errors.ts";
import { openCapture } from "./capture.ts";
import type { Program } from "./locate.ts";

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

/** More than any report: the longest text this runtime can hold. */
const MOST_BYTES = 500_000_000;

/**
 * Runs ccusage and gives what it printed. A crash gets a second chance: a transcript that is swept
 * while it is read can cause one.
 * @param name how to call it in a sentence
 * @throws UserError for each way it can fail: what happened and what to do.
 */
export async function runCcusage(
  program: Program,
  name: string,
  args: string[],
  patience: Patience,
): Promise<{ printed: string; stderr: string }> {
  const first = await attempt(program, name, args, patience);
  const { printed, stderr, failure } = first.failure
    ? await attempt(program, name, args, patience)
    : first;
  if (failure !== undefined) throw new UserError(`${name} ${failure}; ${tryByHand(program, args)}`);
  return { printed, stderr };
}

/** One run: what it printed, or how it crashed. Failures that would only repeat are thrown. */
async function attempt(
  program: Program,
  name: string,
  args: string[],
  { seconds, deadline, signal, folders, nextStep }: Patience,
): Promise<{ printed: string; stderr: string; failure?: string }> {
  const capture = openCapture();
  try {
    const running = execa(program.file, [...program.leading, ...args], {
      reject: false,
      stdin: "ignore",
      stdout: capture.stream,
      timeout: Math.max(1, deadline - Date.now()),
      cancelSignal: signal,
      forceKillAfterDelay: 1000,
      // Renames models in the reports.
      env: {
        CCUSAGE_MODEL_ALIASES: undefined,
        // With any level set it does not say that prices could not be downloaded.
        LOG_LEVEL: undefined,
        ...(folders === undefined ? {} : { CLAUDE_CONFIG_DIR: folders.join(",") }),
      },
    });
    // A wrapper script that is killed leaves a child behind, which holds the pipe open.
    running.nodeChildProcess.once("exit", (_code, killedBy) => {
      if (killedBy !== null) setTimeout(() => running.stderr.destroy(), 100);
    });
    const result = await running;

    if (result.timedOut) {
      throw new UserError(
        `${name} did not finish within ${seconds} second${seconds === 1 ? "" : "s"}; ${nextStep}`,
      );
    }
    if (capture.size() > MOST_BYTES) {
      throw new UserError(
        `${name} printed more than ${MOST_BYTES / 1e6} MB, which is no usage report; check --ccusage.`,
      );
    }
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

function cannotStart(program: Program, code: string | undefined): string {
  const name = nameOf(program);
  if (code === "ENOENT" && existsSync(name)) {
    return `${name} could not be started, since the program its first line names is missing; install that, or leave --ccusage out.`;
  }
  if (code === "ENOENT") {
    return `There is no ccusage program at ${name}; correct --ccusage (or CCBOOKS_CCUSAGE), or leave it out to use ccbooks' own.`;
  }
  return `${name} could not be started (${code}); check that it is a program for this machine, or leave --ccusage out to use ccbooks' own.`;
}

/** The file the user knows it by. */
export function nameOf(program: Program): string {
  return program.leading[0] ?? program.file;
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
