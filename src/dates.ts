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

/** The date `days` after (or before, if negative) another; both YYYY-MM-DD. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() + days);
  return instant.toISOString().slice(0, 10);
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

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}
