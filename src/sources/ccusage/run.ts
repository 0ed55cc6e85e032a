import { UserError } from "../../errors.ts";
import { locateCcusage, type Program } from "./locate.ts";
import { reportArguments, type Question, type ReportName } from "./question.ts";
import { nameOf, runCcusage, tryByHand, type Patience } from "./process.ts";

/** What ccusage is asked, and within which bounds. */
export interface Task extends Question {
  /** Claude Code's folders to read instead of those the environment names. */
  folders?: readonly string[];
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

const KNOWN_MAJORS = ["17", "18", "20"];

/**
 * Starts both reports at the same time. The arguments leave nothing to the user's ccusage
 * configuration, which can silently drop costs, cut history or reshape the JSON.
 * @throws UserError when there is no such ccusage; the promises reject with one when it fails.
 */
export function startCcusage(program: string | undefined, task: Task): Running {
  const ccusage = locateCcusage(program);
  const stopping = new AbortController();
  const patience: Patience = {
    seconds: task.timeout,
    deadline: Date.now() + task.timeout * 1000,
    signal: stopping.signal,
    folders: task.folders,
    nextStep: "give it more with --timeout, or find out what it waits for.",
  };
  const ask = (report: ReportName, release: string): Promise<string> =>
    runReport(ccusage, release, reportArguments(report, release, task), patience);

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

/** How long a ccusage may take to say its version, in seconds. */
const VERSION_TIMEOUT = 30;

/**
 * Starts the ccusage that a fetch would use and asks which release it is.
 * @throws UserError when there is none, it does not start, or it is none that ccbooks knows.
 */
export async function identifyCcusage(
  program: string | undefined,
): Promise<{ version: string; path: string }> {
  const ccusage = locateCcusage(program);
  const version = await askVersion(ccusage, {
    seconds: VERSION_TIMEOUT,
    deadline: Date.now() + VERSION_TIMEOUT * 1000,
    signal: new AbortController().signal,
    folders: undefined,
    nextStep: tryByHand(ccusage, ["--version"]),
  });
  return { version, path: nameOf(ccusage) };
}

async function askVersion(program: Program, patience: Patience): Promise<string> {
  const printed = await runCcusage(program, "ccusage", ["--version"], patience);
  // Numbers without an end would be gone through once for each of their digits.
  const version = printed.match(/\d{1,9}\.\d{1,9}\.\d{1,9}/)?.[0];
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
  const printed = await runCcusage(program, name, args, patience);
  if (printed.trim() === "") {
    throw new UserError(
      `${name} printed nothing where a report was expected; ${tryByHand(program, args)}`,
    );
  }
  return printed;
}
