import { execa, ExecaError } from "execa";

import { UserError } from "../../errors.ts";
import { printable } from "../../format/printable.ts";
import type { Job } from "../job.ts";
import type { JobName, SchedulerName } from "../kept.ts";

/** Something that a scheduler is told: a file, or a line among others. */
export interface Unit {
  path: string;
  text: string;
}

/** How a scheduler of an operating system is told. To add one: write the file, add the line in all.ts. */
export interface Scheduler {
  name: SchedulerName;
  /** What people call it. */
  title: string;
  /** Whether it is at work here. */
  isHere(): Promise<boolean>;
  /** What it would be told. */
  units(job: Job): Unit[];
  isInstalled(name: JobName): Promise<boolean>;
  /**
   * Tells it, in place of what it was told before.
   * @throws UserError when it does not take it.
   */
  install(job: Job): Promise<void>;
  /** Has it forget, and leaves nothing. */
  remove(name: JobName): Promise<void>;
  /** Where what the job says can be read. */
  whereItSays(job: Job): string;
}

/** What it is told that a job is. */
export const ABOUT: Record<JobName, string> = {
  fetch: "ccbooks: keep every new call of Claude Code",
  pull: "ccbooks: pull the organisation's usage and bill",
};

/** Whether a program of the system is there and ends well. */
export async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  const { failed } = await execa(program, args, {
    reject: false,
    stdin: "ignore",
    timeout: PATIENCE,
  });
  return !failed;
}

/**
 * What a program of the system prints.
 * @throws UserError when it fails: its own words.
 */
export async function ask(
  program: string,
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<string> {
  try {
    const { stdout } = await execa(program, args, { input, timeout: PATIENCE });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const [first = ""] = `${error.stderr ?? ""}`.trim().split("\n");
    const isMissing = error.code === "ENOENT";
    const why = isMissing ? "there is no such program here" : printable(first) || "without a word";
    throw new UserError(
      `\`${program} ${args.join(" ")}\` failed (${why}); choose another way with --scheduler or --hook.`,
      { cause: error },
    );
  }
}

/** In milliseconds. */
const PATIENCE = 20_000;
