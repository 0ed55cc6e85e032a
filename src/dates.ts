/** Turns instants into local days of one time zone. */

/** From an instant to its local date, YYYY-MM-DD. */
export type DayOf = (instant: Date) => string;

/**
 * Does synchronous work in a time zone: `dayOf` and Date's own methods then speak of that. An unknown zone
 * counts as UTC. Intl, which knows all zones at once, would take 15 ms to start.
 */
export function inZone<T>(timezone: string, work: (dayOf: DayOf) => T): T {
  const outside = process.env["TZ"];
  process.env["TZ"] = timezone;
  try {
    return work(dayHere);
  } finally {
    if (outside === undefined) delete process.env["TZ"];
    else process.env["TZ"] = outside;
  }
}

function dayHere(instant: Date): string {
  const month = (instant.getMonth() + 1).toString().padStart(2, "0");
  return `${instant.getFullYear()}-${month}-${instant.getDate().toString().padStart(2, "0")}`;
}

/** The local date of an instant (milliseconds since 1970), and when that day began. */
export function dayAt(instant: number, timezone: string): { date: string; startsAt: number } {
  return inZone(timezone, (dayOf) => {
    const at = new Date(instant);
    return { date: dayOf(at), startsAt: new Date(at).setHours(0, 0, 0, 0) };
  });
}

/** The local date and minute of an instant, ISO 8601: "2026-11-20 14:32". */
export function localMinute(instant: string, timezone: string): string {
  return inZone(timezone, (dayOf) => {
    const at = new Date(instant);
    const two = (value: number): string => value.toString().padStart(2, "0");
    return `${dayOf(at)} ${two(at.getHours())}:${two(at.getMinutes())}`;
  });
}

/** The date `days` after (or before, if negative) another; both YYYY-MM-DD. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() + days);
  return instant.toISOString().slice(0, 10);
}

/** The Monday of a date's week, both YYYY-MM-DD. */
export function mondayOf(date: string): string {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return addDays(date, -((weekday + 6) % 7));
}

/** Whether the text is YYYY-MM-DD and a day the calendar has. */
export function isDate(text: string): boolean {
  if (text.length !== 10 || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8));
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (LAST_DAYS[month - 1] ?? 0);
  return day >= 1 && day <= last;
}

const LAST_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the text is an instant as ISO 8601 writes it, with its offset from UTC. */
export function isInstant(text: string): boolean {
  return (
    /^.{10}T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) &&
    isDate(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text))
  );
}

/**
 * The name of a time zone as Node's tables spell it: "asia/tokyo" is Asia/Tokyo. Undefined for what is no
 * name of one, such as an offset or a rule ("CET-1CEST"), which Node would take for UTC without a word.
 */
export function spelledTimezone(text: string): string | undefined {
  if (!/^[A-Za-z]/.test(text)) return undefined;
  try {
    const known = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
    const isOtherCase = known !== text && known.toLowerCase() === text.toLowerCase();
    // Of an older name (Asia/Kolkata) Intl gives the one it prefers; Date knows both, by their spelling alone.
    return isOtherCase || !reckonsAlike(text, known) ? known : text;
  } catch {
    return undefined;
  }
}

export function isTimezone(name: string): boolean {
  return spelledTimezone(name) === name;
}

/** Whether Date has the same offsets in two zones, in winter and in summer. */
function reckonsAlike(a: string, b: string): boolean {
  const offsets = (zone: string): string =>
    inZone(zone, () =>
      ["2026-01-15", "2026-07-15"].map((date) => new Date(date).getTimezoneOffset()).join(),
    );
  return offsets(a) === offsets(b);
}

/** Zones change their offsets at quarter hours, so that one instant of each tells for all of it. */
const QUARTER = 900_000;

/** Quarters of a day are reckoned together, as a change of the zone takes longer than they do. */
const QUARTERS = 96;

/** A local moment, as far as it is kept. */
export interface LocalTime {
  /** YYYY-MM-DD */
  date: string;
  /** How far the zone's clocks are ahead of UTC. */
  minutesFromUtc: number;
}

/** By zone and day of UTC. */
const knownTimes = new Map<string, Map<number, LocalTime[]>>();

/**
 * The local time of a zone, remembered for all of the day of UTC.
 * @param at milliseconds since 1970
 */
export function localTimeAt(at: number, timezone: string): LocalTime {
  const days = knownTimes.get(timezone) ?? new Map<number, LocalTime[]>();
  knownTimes.set(timezone, days);
  const quarter = Math.floor(at / QUARTER);
  const day = Math.floor(quarter / QUARTERS);
  const times = days.get(day) ?? quartersOf(day, timezone);
  days.set(day, times);
  const time = times[quarter - day * QUARTERS];
  if (time === undefined) throw new Error(`no time in ${timezone} at ${at}`);
  return time;
}

/** The local times of a day of UTC, a quarter of an hour apart. */
function quartersOf(day: number, timezone: string): LocalTime[] {
  return inZone(timezone, (dayOf) =>
    Array.from({ length: QUARTERS }, (_, quarter) => {
      const instant = new Date((day * QUARTERS + quarter) * QUARTER);
      return { date: dayOf(instant), minutesFromUtc: -instant.getTimezoneOffset() };
    }),
  );
}
