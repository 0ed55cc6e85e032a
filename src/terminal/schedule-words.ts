import { localMinute } from "../dates.ts";
import { duration } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { RunSummary } from "../readers/runs.ts";
import { scheduleWords, type Schedule } from "../schedule/schedule.ts";
import type { Gap } from "../schedule/gaps.ts";
import type { JobName } from "../schedule/kept.ts";
import { DONE, type ScheduleStatus } from "../schedule/status.ts";

/** What a scheduler is told, as it is written. */
export function unitWords(units: readonly { path: string; text: string }[]): string {
  return units.map(({ path, text }) => `# ${printable(path)}\n${text.trimEnd()}`).join("\n\n");
}

/** What is done by itself. */
export const DOES: Record<JobName, string> = {
  fetch: "fetches",
  pull: "pulls Anthropic's reports",
};

/** @param title of the scheduler */
export function installedWords(
  {
    name,
    title,
    isNew,
    whereItSays,
  }: { name: JobName; title: string; isNew: boolean; whereItSays: string },
  schedule: Schedule,
): string {
  const when = scheduleWords(schedule);
  return isNew
    ? `${title} ${DOES[name]} ${when} from now on; what goes wrong is in ${printable(whereItSays)}.`
    : `${title} ${DOES[name]} ${when} already; nothing was changed.`;
}

/** A user's systemd ends with the session. */
export const LINGER =
  "It runs while you are logged in; `loginctl enable-linger` has it run always.";

/** @param title of the scheduler; null where there is none */
export function statusWords(
  { job, hasHook, nextAt, last }: ScheduleStatus,
  { name, title, whereItSays }: { name: JobName; title: string | null; whereItSays: string | null },
  timezone: string,
): string {
  const lines: string[] = [];
  if (job === null || title === null || nextAt === null) {
    lines.push(
      `No scheduler ${DOES[name]}; \`ccbooks schedule install${name === "pull" ? " --source anthropic" : ""}\` has one do so.`,
    );
  } else {
    lines.push(
      `${title} ${DOES[name]} ${scheduleWords(job)}; the next is due at ${localMinute(nextAt, timezone)}.`,
    );
  }
  if (hasHook && name === "fetch") lines.push("Claude Code fetches at the end of each session.");
  lines.push(
    last === null ? `Nothing has been ${DONE[name]} here so far.` : lastWords(last, timezone),
  );
  if (whereItSays !== null) lines.push(`What it says is in ${printable(whereItSays)}.`);
  return lines.join("\n");
}

function lastWords(
  { command, startedAt, finishedAt, status, error }: RunSummary,
  timezone: string,
): string {
  const at = localMinute(finishedAt ?? startedAt, timezone);
  if (status === "failed") return `The last ${command} failed at ${at}: ${printable(error ?? "")}`;
  return status === "ok"
    ? `The last ${command} ended well at ${at}.`
    : `A ${command} began at ${at}.`;
}

/** How many gaps are named. */
const NAMED = 5;

/** The times in which the schedule was not kept. */
export function gapWords(gaps: readonly Gap[], schedule: Schedule, timezone: string): string[] {
  if (gaps.length === 0) return [];
  const named = gaps
    .slice(0, NAMED)
    .map(
      ({ from, until, minutes }) =>
        `  ${localMinute(from, timezone)} to ${localMinute(until, timezone)}: ${duration(minutes)}`,
    );
  const more = gaps.length - NAMED;
  return [
    `No fetch, where one is due ${scheduleWords(schedule)}:`,
    ...named,
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}
