import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseEnv } from "node:util";

import { execa } from "execa";

import { errorCode, UserError } from "../errors.ts";
import { secretsFile } from "./job.ts";
import { JOB_FILES, parseJob, type JobName } from "./kept.ts";

/** How often it is tried. */
const TRIES = 3;

/** What lies between two of them, in seconds. */
const PAUSE = 60;

/** What each job does. */
const ARGUMENTS: Record<JobName, readonly string[]> = {
  fetch: ["fetch", "--quiet"],
  pull: ["pull", "anthropic", "--quiet"],
};

/** How long all tries may take, in milliseconds. */
const PATIENCE = 600_000;

/**
 * Fetches as a scheduler has it: with the environment that the job keeps, three times if need be, never two at once, and
 * ten minutes at most.
 * @param log the file that what is said goes to; undefined: standard error
 * @throws UserError when every try failed.
 */
export async function runJob(jobFile: string, log: string | undefined): Promise<void> {
  const say = (text: string): void => {
    const line = `${new Date().toISOString()} ${text.trim()}\n`;
    if (log === undefined || !appended(log, line)) process.stderr.write(line);
  };
  const job = parseJob(textOf(jobFile), jobFile);
  const lock = join(dirname(jobFile), JOB_FILES[job.name].lock);
  if (!taken(lock)) {
    say(`Another scheduled ${job.name} is at work; this one was left out.`);
    return;
  }
  try {
    const env = { ...job.environment, ...secretsIn(secretsFile(jobFile), say) };
    const typed = job.name === "fetch" ? "`ccbooks fetch`" : "`ccbooks pull anthropic`";
    const deadline = Date.now() + PATIENCE;
    const wait = (job.pauseSeconds ?? PAUSE) * 1000;
    for (let count = 1; ; count += 1) {
      const { failed, stderr, timedOut } = await execa(
        job.node,
        [job.program, ...ARGUMENTS[job.name]],
        {
          ...{ env, reject: false, stdin: "ignore", stdout: "ignore" },
          timeout: Math.max(1, deadline - Date.now()),
        },
      );
      if (stderr.trim() !== "") say(stderr);
      if (!failed) return;
      const isLast = count === TRIES || timedOut || Date.now() + wait > deadline;
      if (isLast) {
        throw new UserError(
          timedOut
            ? `The scheduled ${job.name} was ended after ten minutes; ${typed} shows what takes so long.`
            : `The scheduled ${job.name} failed ${count} times; ${typed} shows why.`,
        );
      }
      await pause(wait);
    }
  } catch (error) {
    if (error instanceof UserError && log !== undefined) say(error.message);
    throw error;
  } finally {
    rmSync(lock, { force: true, recursive: true });
  }
}

/** @returns false where it cannot be written */
function appended(log: string, line: string): boolean {
  try {
    appendFileSync(log, line, { mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

function textOf(jobFile: string): string {
  try {
    return readFileSync(jobFile, "utf8");
  } catch (error) {
    throw new UserError(
      `${jobFile} cannot be read (${errorCode(error)}); run \`ccbooks schedule install\` again.`,
    );
  }
}

/** A lock that is older was left by one that was killed, in milliseconds. */
const STALE = PATIENCE + 120_000;

/** Takes the lock; one that was left behind is taken over. */
function taken(lock: string): boolean {
  try {
    const fd = openSync(lock, "wx", 0o600);
    writeSync(fd, `${process.pid}\n`);
    closeSync(fd);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    if (isHeld(lock)) return false;
    rmSync(lock, { force: true, recursive: true });
    return taken(lock);
  }
}

function isHeld(lock: string): boolean {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat === undefined || Date.now() - stat.mtimeMs > STALE) return false;
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

const OTHERS_READ = 0o077;

/** What the file of secrets holds; nothing where others could read it too. */
function secretsIn(file: string, say: (text: string) => void): Record<string, string | undefined> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return {};
  if (process.platform !== "win32" && (stat.mode & OTHERS_READ) !== 0) {
    say(`${file} can be read by others and was left alone; \`chmod 600 ${file}\` makes it yours.`);
    return {};
  }
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch (error) {
    say(
      `${file} cannot be read (${errorCode(error)}) and was left alone; make it a file of yours.`,
    );
    return {};
  }
}
