/** When a fetch is due. */
export interface Schedule {
  /** Minutes from one to the next: a part of an hour, hours that divide a day, or a day. */
  everyMinutes: number;
  /** Of a day's: the local time, HH:MM; null where it is more often. */
  at: string | null;
}

export const DAY = 1440;
const HOUR = 60;

/** What may lie between two fetches, in minutes: the units of every scheduler divide an hour and a day by these. */
export const INTERVALS = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, DAY];

/** "every 15 minutes", "every hour", "every day at 07:15". */
export function scheduleWords({ everyMinutes, at }: Schedule): string {
  if (everyMinutes === DAY) return `every day at ${at}`;
  if (everyMinutes === HOUR) return "every hour";
  return everyMinutes < HOUR
    ? `every ${everyMinutes} minutes`
    : `every ${everyMinutes / HOUR} hours`;
}

/** The hour and the minute of a day's fetch. */
export function timeOf({ at }: Schedule): { hour: number; minute: number } {
  const [hour = 0, minute = 0] = (at ?? "00:00").split(":").map(Number);
  return { hour, minute };
}

/**
 * The first instant after another at which a fetch is due, by the system's clock.
 * @param now milliseconds since 1970
 */
export function nextDue({ everyMinutes, at }: Schedule, now: number): number {
  const next = new Date(now);
  if (everyMinutes === DAY) {
    const { hour, minute } = timeOf({ everyMinutes, at });
    next.setHours(hour, minute, 0, 0);
    if (next.getTime() <= now) next.setDate(next.getDate() + 1);
    return next.getTime();
  }
  next.setHours(0, 0, 0, 0);
  const step = everyMinutes * 60_000;
  const midnight = next.getTime();
  return midnight + (Math.floor((now - midnight) / step) + 1) * step;
}
