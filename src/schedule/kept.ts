import { existsSync, rmSync } from "node:fs";

import * as z from "zod/mini";

import { configFile, readConfig, writeConfig } from "../config/files.ts";
import { UserError } from "../errors.ts";
import { INTERVALS } from "./schedule.ts";

/** Where the job is kept, in the folder of the configuration. */
export const JOB_FILE = "schedule.json";

/** What keeps two of it from running at once, and what they say. */
export const LOCK_FILE = "schedule.lock";
export const LOG_FILE = "schedule.log";

export const SCHEDULERS = ["systemd", "launchd", "task", "cron"] as const;

export type SchedulerName = (typeof SCHEDULERS)[number];

const schema = z.object({
  scheduler: z.enum(SCHEDULERS),
  everyMinutes: z.int().check(z.refine((minutes) => INTERVALS.includes(minutes))),
  at: z.nullable(z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/))),
  /** ISO 8601 UTC. */
  installedAt: z.string(),
  /** The programs that it runs. */
  node: z.string(),
  program: z.string(),
  environment: z.record(z.string(), z.string()),
  /** Between two tries. */
  pauseSeconds: z.optional(z.number().check(z.nonnegative(), z.maximum(120))),
});

/** A job as it is kept: what its program reads when a scheduler starts it. */
export type KeptJob = z.infer<typeof schema>;

/** @throws UserError when it is no job. */
export function parseJob(text: string, file: string): KeptJob {
  try {
    return z.parse(schema, JSON.parse(text));
  } catch {
    throw new UserError(
      `${file} holds no schedule that ccbooks knows; run \`ccbooks schedule install\` again.`,
    );
  }
}

/** The job that is installed; undefined: none. */
export function keptJob(): KeptJob | undefined {
  const text = readConfig(JOB_FILE);
  return text === undefined ? undefined : parseJob(text, configFile(JOB_FILE));
}

/** @throws UserError when it cannot be written. */
export function keepJob(job: KeptJob): void {
  writeConfig(JOB_FILE, job, "keep the schedule");
}

/** The job, where what is kept of it can be read. */
export function keptJobIfWhole(): KeptJob | undefined {
  try {
    return keptJob();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Whether anything is kept of a job, whole or not. */
export function hasKeptJob(): boolean {
  return existsSync(configFile(JOB_FILE));
}

/** Leaves nothing of a job, and of what it said. */
export function forgetJob(): void {
  for (const name of [JOB_FILE, LOCK_FILE, LOG_FILE]) {
    rmSync(configFile(name), { force: true, recursive: true });
  }
}
