import { UserError } from "../../errors.ts";
import type { SchedulerName } from "../kept.ts";
import { cron } from "./cron.ts";
import { launchd } from "./launchd.ts";
import type { Scheduler } from "./scheduler.ts";
import { systemd } from "./systemd.ts";
import { task } from "./task.ts";

/** Each scheduler by its name: the first that is at work is taken. */
export const schedulers: Record<SchedulerName, Scheduler> = { launchd, task, systemd, cron };

/**
 * The scheduler that was asked for, else the one that is at work here.
 * @throws UserError where there is none.
 */
export async function schedulerHere(asked: SchedulerName | undefined): Promise<Scheduler> {
  if (asked !== undefined) return schedulers[asked];
  for (const scheduler of Object.values(schedulers)) {
    if (await scheduler.isHere()) return scheduler;
  }
  throw new UserError(
    "Neither systemd nor cron is at work for this user; have another scheduler run `ccbooks fetch --quiet`, or let Claude Code do it with `ccbooks schedule install --hook`.",
  );
}
