import type { RunSummary } from "../readers/runs.ts";
import type { KeptJob } from "./kept.ts";

/** How long nothing may have been fetched, in minutes: one may be left out. */
export function longest({ everyMinutes }: Pick<KeptJob, "everyMinutes">): number {
  return 2 * everyMinutes + 15;
}

/** A time without a fetch, where more than one was due. Instants are ISO 8601 UTC. */
export interface Gap {
  from: string;
  until: string;
  minutes: number;
}

/**
 * The times since it was installed in which the schedule was not kept, the newest first.
 * @param runs this machine's fetches, the newest first
 * @param now ISO 8601 UTC
 */
export function gapsIn(
  runs: readonly Pick<RunSummary, "startedAt" | "finishedAt">[],
  job: Pick<KeptJob, "everyMinutes" | "installedAt">,
  now: string,
): Gap[] {
  // The last gap may still be open.
  return [{ startedAt: now }, ...runs].flatMap(({ startedAt: until }, index) => {
    const before = runs[index];
    if (before === undefined) return [];
    const from = [before.finishedAt ?? before.startedAt, job.installedAt].toSorted()[1] ?? until;
    const minutes = Math.floor((Date.parse(until) - Date.parse(from)) / 60_000);
    return minutes > longest(job) ? [{ from, until, minutes }] : [];
  });
}
