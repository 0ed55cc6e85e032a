/** Turns instants into local days of one time zone. */

/**
 * A function from an instant to its local date, YYYY-MM-DD.
 * @throws RangeError when the zone is not an IANA name this runtime knows.
 */
export function localDay(timezone: string): (instant: Date) => string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  // The date at a moment cannot change within a quarter of an hour that starts on the quarter:
  // zone offsets are multiples of it. Formatting is slow enough to matter for 20,000 sessions.
  const quarters = new Map<number, string>();
  return (instant) => {
    const quarter = Math.floor(instant.getTime() / 900_000);
    let day = quarters.get(quarter);
    if (day === undefined) {
      day = format.format(instant);
      quarters.set(quarter, day);
    }
    return day;
  };
}

/**
 * The local date, YYYY-MM-DD, of one instant (milliseconds since 1970), and when that day began. An unknown
 * zone counts as UTC. Where all that is asked is what day it is, this spares a program the 15 ms that Intl
 * takes to start.
 */
export function dayAt(instant: number, timezone: string): { date: string; startsAt: number } {
  const outside = process.env["TZ"];
  process.env["TZ"] = timezone;
  try {
    const at = new Date(instant);
    const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
    return {
      date: parts.map((part) => part.toString().padStart(2, "0")).join("-"),
      startsAt: new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime(),
    };
  } finally {
    if (outside === undefined) delete process.env["TZ"];
    else process.env["TZ"] = outside;
  }
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
