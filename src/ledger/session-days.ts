import { randomInt } from "node:crypto";

import { localTimeAt, type LocalTime } from "../dates.ts";
import type { Books } from "./books.ts";

/** The most that `randomInt` takes. */
const MOST_CHANGES = 2 ** 48 - 1;

/** The days of sessions: what is counted at once. */
export interface SessionDays {
  /**
   * @param at milliseconds since 1970
   * @returns the row of the session's day that it lies in, and how far local clocks are ahead of UTC then
   */
  of(session: number, at: number): { day: number; minutesFromUtc: number };
  /** Notes that calls of a day have changed, so that it is to be counted. */
  markChanged(day: number): void;
  /** The same of all days of a session. */
  markAllChanged(session: number): void;
}

/**
 * For one transaction, no longer: each marks days with a number of its own, so that a count that began
 * before it does not take its changes for counted.
 */
export function sessionDays(books: Books): SessionDays {
  const change = randomInt(MOST_CHANGES);
  const find = books
    .prepare<[number, string], number>("SELECT id FROM session_day WHERE session = ? AND date = ?")
    .pluck();
  const add = books.prepare<[number, string, number]>(
    "INSERT INTO session_day (session, date, uncounted) VALUES (?, ?, ?)",
  );
  const mark = books.prepare<[number, number]>("UPDATE session_day SET uncounted = ? WHERE id = ?");
  const markAll = books.prepare<[number, number]>(
    "UPDATE session_day SET uncounted = ? WHERE session = ?",
  );
  const zoneOf = books
    .prepare<[number], string>(
      "SELECT timezone FROM machine WHERE id = (SELECT machine FROM session WHERE id = ?)",
    )
    .pluck();
  const zones = new Map<number, string>();
  const known = new Map<string, number>();
  const marked = new Set<number>();

  const localTime = (session: number, at: number): LocalTime => {
    const zone = zones.get(session) ?? zoneOf.get(session) ?? "UTC";
    zones.set(session, zone);
    return localTimeAt(at, zone);
  };
  return {
    of(session, at) {
      const { date, minutesFromUtc } = localTime(session, at);
      const key = `${session} ${date}`;
      const day =
        known.get(key) ??
        find.get(session, date) ??
        Number(add.run(session, date, change).lastInsertRowid);
      known.set(key, day);
      return { day, minutesFromUtc };
    },
    markChanged(day) {
      if (marked.has(day)) return;
      mark.run(change, day);
      marked.add(day);
    },
    markAllChanged(session) {
      markAll.run(change, session);
    },
  };
}
