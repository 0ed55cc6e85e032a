import { UsageError } from "../../errors.ts";
import { SCHEDULERS, type SchedulerName } from "../../schedule/kept.ts";
import { DAY, INTERVALS, type Schedule } from "../../schedule/schedule.ts";

/** At which time a day's fetch is, unless another is asked for. */
const USUAL_TIME = "07:15";

const USUAL_MINUTES = 15;

/**
 * When to fetch.
 * @throws UserError when a schedule is none that every scheduler can keep.
 */
export function scheduleOf(every: string | undefined, at: string | undefined): Schedule {
  const usual = at === undefined ? USUAL_MINUTES : DAY;
  const everyMinutes = every === undefined ? usual : minutesOf(every);
  if (at !== undefined && everyMinutes !== DAY) {
    throw new UsageError(`--at says when a day's fetch is; leave it out, or say --every day.`);
  }
  if (everyMinutes !== DAY) return { everyMinutes, at: null };
  return { everyMinutes, at: at === undefined ? USUAL_TIME : timeIn(at) };
}

const WORDS: Record<string, number> = { hour: 60, day: DAY };

const UNITS: Record<string, number> = { m: 1, h: 60, d: DAY };

function minutesOf(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const minutes = WORDS[text] ?? Number(digits) * (UNITS[unit] ?? 0);
  if (INTERVALS.includes(minutes)) return minutes;
  throw new UsageError(
    `--every takes 5m, 10m, 15m, 20m, 30m, hour, 2h, 3h, 4h, 6h, 8h, 12h or day, not "${text}".`,
  );
}

function timeIn(text: string): string {
  const [, hour = "", minute = ""] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  if (hour !== "" && Number(hour) < 24 && Number(minute) < 60) {
    return `${hour.padStart(2, "0")}:${minute}`;
  }
  throw new UsageError(`--at takes a time such as 07:15, not "${text}".`);
}

/** @throws UsageError when there is no such scheduler. */
export function schedulerNamed(text: string | undefined): SchedulerName | undefined {
  if (text === undefined) return undefined;
  const found = SCHEDULERS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`--scheduler takes ${SCHEDULERS.join(", ")}, not "${text}".`);
}
