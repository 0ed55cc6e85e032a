import { spawn, type ChildProcess } from "node:child_process";
import { fstatSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import { once } from "node:events";

import { errorCode, UserError } from "../errors.ts";
import { ClaudeOutput } from "../sources/recorder/claude-output.ts";
import type { ClaudeRun } from "../sources/recorder/claude-run.ts";

/** A program that was run to its end. */
export interface ProgramRun {
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  /** Null: a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** What it printed of itself; null: it is not `claude -p` with a JSON format, or was cut off before. */
  claude: ClaudeRun | null;
  /** It was to print what it used, and did not. */
  isCutOff: boolean;
  promptLength: number | null;
  promptFile: string | null;
}

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Runs a program, hands what it prints through untouched, and listens in where it is `claude -p` with a JSON format.
 * @throws UserError when it cannot be started.
 */
export async function runProgram(command: string, args: readonly string[]): Promise<ProgramRun> {
  const output = isJson(args) ? new ClaudeOutput() : null;
  const prompt = promptOf(args);
  const startedAt = Date.now();
  let child: ChildProcess | undefined;
  // A terminal sends its signals to both; what is sent to this process alone goes on. Before the program is there: one that
  // came in between would end this process, and leave that one behind.
  const listeners = FORWARDED.map((signal) => {
    const forward = (): void => void child?.kill(signal);
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  try {
    child = spawn(command, args, {
      stdio: ["inherit", output === null ? "inherit" : "pipe", "inherit"],
    });
    const ended = endOf(child, command);
    const passed = output === null || child.stdout === null ? null : pass(child.stdout, output);
    const [exitCode, signal] = await ended;
    await passed;
    const claude = withResumed(output?.end() ?? null, args);
    return {
      ...{ startedAt, endedAt: Date.now(), exitCode, signal },
      ...{ claude, isCutOff: output !== null && claude === null, ...prompt },
    };
  } finally {
    for (const stop of listeners) stop();
  }
}

async function endOf(
  child: ChildProcess,
  command: string,
): Promise<[exitCode: number | null, signal: NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      const why = errorCode(error) === "ENOENT" ? "there is no such program" : errorCode(error);
      reject(new UserError(`${command} cannot be run (${why}); check its name, and your PATH.`));
    });
    child.once("close", (code, signal) => resolve([code, signal]));
  });
}

/** Whoever reads may be slow, or gone: a program that writes to nobody is told so by its own broken pipe. */
async function pass(from: NodeJS.ReadableStream, output: ClaudeOutput): Promise<void> {
  for await (const piece of from) {
    output.add(piece);
    if (!process.stdout.write(piece)) await once(process.stdout, "drain");
  }
}

function isJson(args: readonly string[]): boolean {
  return args.some((arg, index) => {
    const [flag, value = args[index + 1]] = arg.split("=", 2);
    return flag === "--output-format" && (value === "json" || value === "stream-json");
  });
}

const RESUMING = new Set(["--resume", "-r", "--continue", "-c", "--fork-session"]);

/** Totals of a resumed session go on from the earlier ones. */
function withResumed(run: ClaudeRun | null, args: readonly string[]): ClaudeRun | null {
  const isResumed = args.some((arg) => RESUMING.has(arg.split("=", 1)[0] ?? ""));
  return run === null ? null : { ...run, resumed: isResumed };
}

/** The prompt is an argument of `-p`, or a file on standard input; of it only the length is kept. */
function promptOf(args: readonly string[]): Pick<ProgramRun, "promptLength" | "promptFile"> {
  const at = args.findIndex((arg) => arg === "-p" || arg === "--print");
  const argument = at === -1 ? undefined : args[at + 1];
  if (argument !== undefined && !argument.startsWith("-")) {
    return { promptLength: argument.length, promptFile: null };
  }
  try {
    const { size } = fstatSync(0);
    if (!fstatSync(0).isFile()) return { promptLength: null, promptFile: null };
    return { promptLength: size, promptFile: readlinkSync("/proc/self/fd/0") };
  } catch {
    // No such folder, or no standard input.
    return { promptLength: null, promptFile: null };
  }
}

/** The exit code that a shell has for a signal. */
export function codeOf({ exitCode, signal }: Pick<ProgramRun, "exitCode" | "signal">): number {
  if (exitCode !== null) return exitCode;
  return signal === null ? 1 : 128 + constants.signals[signal];
}
