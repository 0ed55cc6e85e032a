import { existsSync, rmSync } from "node:fs";

import * as z from "zod/mini";

import { configFile, readConfig, writeConfig } from "../config/files.ts";
import { UserError } from "../errors.ts";
import { INTERVALS } from "./schedule.ts";

/** What is done by itself: keeping the calls of this machine, and pulling the organisation's reports. */
export const JOBS = ["fetch", "pull"] as const;

export type JobName = (typeof JOBS)[number];

/** The files of each job, in the folder of the configuration: what is kept of it, what keeps two from running, what it says. */
export const JOB_FILES: Record<JobName, { job: string; lock: string; log: string }> = {
  fetch: { job: "schedule.json", lock: "schedule.lock", log: "schedule.log" },
  pull: { job: "schedule-pull.json", lock: "schedule-pull.lock", log: "schedule-pull.log" },
};

export const SCHEDULERS = ["systemd", "launchd", "task", "cron"] as const;

export type SchedulerName = (typeof SCHEDULERS)[number];

const schema = z.object({
  name: z.enum(JOBS),
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
export function keptJob(name: JobName): KeptJob | undefined {
  const { job } = JOB_FILES[name];
  const text = readConfig(job);
  return text === undefined ? undefined : parseJob(text, configFile(job));
}

/** @throws UserError when it cannot be written. */
export function keepJob(job: KeptJob): void {
  writeConfig(JOB_FILES[job.name].job, job, "keep the schedule");
}

/** The job, where what is kept of it can be read. */
export function keptJobIfWhole(name: JobName): KeptJob | undefined {
  try {
    return keptJob(name);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Whether anything is kept of a job, whole or not. */
export function hasKeptJob(name: JobName): boolean {
  return existsSync(configFile(JOB_FILES[name].job));
}

/** Leaves nothing of a job, and of what it said. */
export function forgetJob(name: JobName): void {
  for (const file of Object.values(JOB_FILES[name])) {
    rmSync(configFile(file), { force: true, recursive: true });
  }
}
