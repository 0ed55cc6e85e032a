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

/** When a date began in a time zone: milliseconds since 1970. Every zone's days begin on a quarter. */
export function startOfDay(date: string, timezone: string): number {
  const dayOf = localDay(timezone);
  const quarter = 900_000;
  // No zone is further from UTC than 14 hours; the first quarter of the date is where it begins.
  let start = Date.parse(`${date}T00:00:00Z`) - 16 * 3_600_000;
  while (dayOf(new Date(start)) < date) start += quarter;
  return start;
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
