import type { RunSummary } from "../readers/runs.ts";
import { scheduleWords } from "../schedule/schedule.ts";
import { schedulers } from "../schedule/schedulers/all.ts";
import { scheduleStatus } from "../schedule/status.ts";
import { failed, type Check } from "./check.ts";

/**
 * Whether anything fetches by itself, and does.
 * @param runs this machine's fetches, the newest first
 */
export async function checkSchedule(runs: readonly RunSummary[], now: Date): Promise<Check> {
  const name = "schedule";
  try {
    const { job, hasHook, problem } = await scheduleStatus(runs, now.getTime());
    if (problem !== null) return { name, status: "warn", message: problem };
    const who = [
      ...(job === null ? [] : [`${schedulers[job.scheduler].title} fetches ${scheduleWords(job)}`]),
      ...(hasHook ? ["Claude Code fetches at the end of each session"] : []),
    ];
    const message =
      who.length === 0
        ? "Nothing fetches by itself, as far as ccbooks knows; `ccbooks schedule install` has the system do so."
        : `${who.join("; ")}.`;
    return { name, status: "ok", message };
  } catch (error) {
    return failed(name, error);
  }
}
