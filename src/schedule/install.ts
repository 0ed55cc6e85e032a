import { UserError } from "../errors.ts";
import {
  forgetJob,
  hasKeptJob,
  keepJob,
  keptJobIfWhole,
  type JobName,
  type KeptJob,
  type SchedulerName,
} from "./kept.ts";
import { jobOf } from "./job.ts";
import type { Schedule } from "./schedule.ts";
import { schedulerHere, schedulers } from "./schedulers/all.ts";
import type { Scheduler, Unit } from "./schedulers/scheduler.ts";

/** What is asked for. */
export interface Wanted {
  name: JobName;
  schedule: Schedule;
  /** Undefined: the one that is at work here. */
  scheduler: SchedulerName | undefined;
  db: string | undefined;
}

/** What came of it. */
export interface Installed {
  scheduler: Scheduler;
  units: Unit[];
  /** False where all of it was there already. */
  isNew: boolean;
  whereItSays: string;
}

/** What a scheduler would be told, and what its job would remember. Nothing is touched. */
export async function planJob({ name, schedule, scheduler: asked, db }: Wanted) {
  const scheduler = await schedulerHere(asked);
  const { job, kept } = jobOf(name, schedule, db);
  return { scheduler, job, kept, units: scheduler.units(job) };
}

/**
 * Has a scheduler fetch. Done twice it changes nothing.
 * @throws UserError when there is none, or it does not take it.
 */
export async function installJob(wanted: Wanted): Promise<Installed> {
  const { scheduler, job, kept, units } = await planJob(wanted);
  const before = keptJobIfWhole(wanted.name);
  const told = { scheduler, units, whereItSays: scheduler.whereItSays(job) };
  const isSame = before !== undefined && isAlike(before, { ...kept, scheduler: scheduler.name });
  if (isSame && (await scheduler.isInstalled(wanted.name))) return { ...told, isNew: false };
  if (before !== undefined && before.scheduler !== scheduler.name) {
    await schedulers[before.scheduler].remove(wanted.name);
  }
  // First what the job reads: it may be started at once.
  keepJob({ ...kept, scheduler: scheduler.name, installedAt: new Date().toISOString() });
  try {
    await scheduler.install(job);
  } catch (error) {
    if (before === undefined) forgetJob(wanted.name);
    else keepJob(before);
    throw error;
  }
  return { ...told, isNew: true };
}

/**
 * Has the scheduler forget, and leaves nothing; where what was kept of the job is not whole, every scheduler.
 * @returns who did; undefined: nothing was installed
 */
export async function removeJob(name: JobName): Promise<Scheduler | undefined> {
  const kept = keptJobIfWhole(name);
  if (kept === undefined && !hasKeptJob(name)) return undefined;
  const all = kept === undefined ? Object.values(schedulers) : [schedulers[kept.scheduler]];
  let removed: Scheduler | undefined;
  for (const scheduler of all) {
    if (kept === undefined && !(await isInstalled(scheduler, name))) continue;
    await scheduler.remove(name);
    removed ??= scheduler;
  }
  forgetJob(name);
  return removed;
}

/** Whether a scheduler has a job of ours; one that cannot be asked has none. */
async function isInstalled(scheduler: Scheduler, name: JobName): Promise<boolean> {
  try {
    return await scheduler.isInstalled(name);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

function isAlike(before: KeptJob, job: Omit<KeptJob, "installedAt">): boolean {
  const compared = ({ scheduler, everyMinutes, at, node, program, environment }: typeof job) =>
    JSON.stringify([scheduler, everyMinutes, at, node, program, Object.entries(environment)]);
  return compared(before) === compared(job);
}
