import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { UserError } from "../../errors.ts";
import { locateCcusage, type Program } from "./locate.ts";

/** What ccusage is asked, besides which report. */
export interface Question {
  /** IANA name; where a day begins and ends. */
  timezone: string;
  /** Use the prices built into ccusage instead of fetching today's. */
  offline: boolean;
  /** How long both reports together may take, in seconds. */
  timeout: number;
}

/** Both reports as ccusage prints them, not yet believed. */
export interface RawReports {
  daily: Promise<string>;
  session: Promise<string>;
}

/** A ccusage at work. */
export interface Running extends RawReports {
  version: Promise<string>;
  /** Ends it, whatever it is doing. */
  stop(): void;
}

/** The cost mode every report is asked for: costs that lines carry, else calculated from tokens. */
export const COST_MODE = "auto";

/** An empty configuration, given by name so that ccusage looks for no other. */
const NO_CONFIG = fileURLToPath(new URL("./no-config.json", import.meta.url));

const KNOWN_MAJORS = ["17", "18", "20"];

/**
 * Starts both reports at the same time. The arguments leave nothing to the user's ccusage
 * configuration, which can silently drop costs, cut history or reshape the JSON.
 * @throws UserError when there is no such ccusage; the promises reject with one when it fails.
 */
export function startCcusage(program: string | undefined, question: Question): Running {
  const ccusage = locateCcusage(program);
  const stopping = new AbortController();
  const patience: Patience = {
    seconds: question.timeout,
    deadline: Date.now() + question.timeout * 1000,
    signal: stopping.signal,
  };
  const ask = (report: ReportName, release: string): Promise<string> =>
    runReport(ccusage, release, reportArguments(report, release, question), patience);

  const version = ccusage.version ?? askVersion(ccusage, patience);
  const asked =
    typeof version === "string"
      ? // Started in this very turn: whatever the caller does next, ccusage is already at work.
        { daily: ask("daily", version), session: ask("session", version) }
      : {
          daily: version.then((release) => ask("daily", release)),
          session: version.then((release) => ask("session", release)),
        };
  const running = { version: Promise.resolve(version), ...asked };
  // A failure waits until somebody asks for the result.
  for (const promise of Object.values(running)) promise.catch(() => undefined);
  return { ...running, stop: () => stopping.abort() };
}

/** How long to wait for ccusage, and how to be told to stop. */
interface Patience {
  seconds: number;
  /** Milliseconds since 1970. */
  deadline: number;
  signal: AbortSignal;
}

type ReportName = "daily" | "session";

/** The arguments for one report; 17 and 18 know only Claude, 20 must be told. */
export function reportArguments(
  report: ReportName,
  version: string,
  { timezone, offline }: Pick<Question, "timezone" | "offline">,
): string[] {
  return [
    ...(version.startsWith("20.") ? ["claude"] : []),
    report,
    ...(report === "daily" ? ["--instances"] : []),
    "--json",
    `--timezone=${timezone}`,
    `--mode=${COST_MODE}`,
    "--order=asc",
    offline ? "--offline" : "--no-offline",
    `--config=${NO_CONFIG}`,
  ];
}

async function askVersion(program: Program, patience: Patience): Promise<string> {
  const printed = await run(program, "ccusage", ["--version"], patience);
  const version = printed.match(/\d+\.\d+\.\d+/)?.[0];
  const name = nameOf(program);
  if (version === undefined) {
    throw new UserError(
      `${name} does not say its version when asked with --version, so it is not a ccusage ccbooks knows; correct --ccusage.`,
    );
  }
  if (!KNOWN_MAJORS.includes(version.split(".")[0] ?? "")) {
    throw new UserError(
      `ccusage ${version} is not known to ccbooks, which reads ${KNOWN_MAJORS.join(", ")}; ` +
        `leave --ccusage out to use ccbooks' own.`,
    );
  }
  return version;
}

async function runReport(
  program: Program,
  version: string,
  args: string[],
  patience: Patience,
): Promise<string> {
  const name = `ccusage ${version}`;
  const printed = await run(program, name, args, patience);
  if (printed.trim() === "") {
    throw new UserError(
      `${name} printed nothing where a report was expected; ${tryByHand(program, args)}`,
    );
  }
  return printed;
}

/** Runs ccusage once, and once more if it crashed: a file swept while it reads can do that. */
async function run(
  program: Program,
  name: string,
  args: string[],
  { seconds, deadline, signal }: Patience,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const running = execa(program.file, [...program.leading, ...args], {
      reject: false,
      stdin: "ignore",
      stripFinalNewline: false,
      timeout: Math.max(1, deadline - Date.now()),
      cancelSignal: signal,
      forceKillAfterDelay: 1000,
      maxBuffer: 500_000_000,
      // Renames models in the reports.
      env: { CCUSAGE_MODEL_ALIASES: undefined },
    });
    // A wrapper script that is killed leaves a child behind, which holds the pipes open.
    running.nodeChildProcess.once("exit", (_code, killedBy) => {
      if (killedBy !== null)
        setTimeout(() => [running.stdout, running.stderr].forEach(hangUp), 100);
    });
    const result = await running;
    if (!result.failed) return result.stdout;
    if (result.timedOut) {
      throw new UserError(
        `${name} did not finish within ${seconds} second${seconds === 1 ? "" : "s"}; give it more with --timeout, or find out what it waits for.`,
      );
    }
    if (result.isMaxBuffer) {
      throw new UserError(
        `${name} printed more than 500 million characters; that is no usage report, so check --ccusage.`,
      );
    }
    const words = firstWords(result.stderr);
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new UserError(cannotStart(program, result.code));
    }
    if (words.includes("No valid Claude data directories")) {
      throw new UserError(
        `CLAUDE_CONFIG_DIR (${process.env["CLAUDE_CONFIG_DIR"]}) names no folder with Claude Code's projects/ in it; correct or unset it.`,
      );
    }
    if (attempt === 2 || result.isCanceled) {
      const end = result.signal
        ? `was killed by ${result.signal}`
        : `failed with exit code ${result.exitCode}`;
      throw new UserError(
        `${name} ${end}${words && ` and said: ${words}`}; ${tryByHand(program, args)}`,
      );
    }
  }
}

function hangUp(pipe: Readable): void {
  pipe.destroy();
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

function nameOf(program: Program): string {
  return program.leading[0] ?? program.file;
}

function tryByHand(program: Program, args: string[]): string {
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
