import { existsSync } from "node:fs";

import { duration } from "../format/figures.ts";
import type { RunSummary } from "../readers/runs.ts";
import { hasFetchHook } from "./hook.ts";
import { longest } from "./gaps.ts";
import { keptJob, type JobName, type KeptJob } from "./kept.ts";
import { nextDue, scheduleWords } from "./schedule.ts";
import { schedulers } from "./schedulers/all.ts";

/** What is scheduled, and whether it runs. */
export interface ScheduleStatus {
  /** Null: none is installed. */
  job: KeptJob | null;
  /** Whether Claude Code fetches at the end of each session. */
  hasHook: boolean;
  /** ISO 8601 UTC; null where no job is installed. */
  nextAt: string | null;
  /** The last time that this machine did it; null where there was none. */
  last: RunSummary | null;
  /** Why it does not run, with the next step; null: it does. */
  problem: string | null;
}

/** @param last what this machine did of it; null: nothing so far */
export async function scheduleStatus(
  name: JobName,
  last: RunSummary | null,
  now: number,
): Promise<ScheduleStatus> {
  const job = keptJob(name) ?? null;
  return {
    job,
    hasHook: hasFetchHook(),
    nextAt: job === null ? null : new Date(nextDue(job, now)).toISOString(),
    last,
    problem: job === null ? null : await problemOf(job, last, now),
  };
}

/** What has been done when a job has. */
export const DONE: Record<JobName, string> = { fetch: "fetched", pull: "pulled" };

const AGAIN: Record<JobName, string> = {
  fetch: "run `ccbooks schedule install` again",
  pull: "run `ccbooks schedule install --source anthropic` again",
};

async function problemOf(
  job: KeptJob,
  last: RunSummary | null,
  now: number,
): Promise<string | null> {
  const scheduler = schedulers[job.scheduler];
  const again = AGAIN[job.name];
  const gone = [job.node, job.program].find((path) => !existsSync(path));
  if (gone !== undefined) return `${scheduler.title} is to run ${gone}, which is gone; ${again}.`;
  if (!(await scheduler.isInstalled(job.name))) {
    return `${scheduler.title} has no job of ccbooks any more; ${again}.`;
  }
  const lastAt = Math.max(
    Date.parse(job.installedAt),
    last === null ? 0 : Date.parse(last.finishedAt ?? last.startedAt),
  );
  const minutes = Math.floor((now - lastAt) / 60_000);
  if (minutes <= longest(job)) return null;
  return `Nothing has been ${DONE[job.name]} for ${duration(minutes)}, where a ${job.name} is due ${scheduleWords(job)}; was the machine off? If not, look at what its job says.`;
}
