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

/** The date `days` after (or before, if negative) another; both YYYY-MM-DD. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() + days);
  return instant.toISOString().slice(0, 10);
}

/** Whether the text is YYYY-MM-DD and a day the calendar has. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}
