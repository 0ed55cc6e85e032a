import type { RunSummary } from "../readers/runs.ts";
import { keptJob } from "../schedule/kept.ts";
import { scheduleWords } from "../schedule/schedule.ts";
import { schedulers } from "../schedule/schedulers/all.ts";
import { scheduleStatus } from "../schedule/status.ts";
import { failed, type Check } from "./check.ts";

/**
 * Whether anything fetches by itself, and does.
 * @param last this machine's last fetch into the books at `path`; null: there was none
 */
export async function checkSchedule(
  path: string,
  last: RunSummary | null,
  now: Date,
): Promise<Check> {
  const name = "schedule";
  try {
    const other = keptJob("fetch")?.environment["CCBOOKS_DB"];
    if (other !== undefined && other !== path) {
      return {
        name,
        status: "ok",
        message: `What is scheduled fetches into other books: ${other}.`,
      };
    }
    const { job, hasHook, problem } = await scheduleStatus("fetch", last, now.getTime());
    if (problem !== null) {
      return { name, status: "warn", message: `${problem} \`ccbooks schedule\` says more.` };
    }
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
