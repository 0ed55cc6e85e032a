import { localTimeAt } from "../dates.ts";
import type { Books } from "./books.ts";
import { sessionDays } from "./session-days.ts";

/** Puts the calls of a machine to the dates of its zone, within a transaction. */
export function moveDates(books: Books, machine: number): void {
  const calls = books
    .prepare<[number], { id: number; session: number; at: number; day: number }>(
      `SELECT c.id, d.session, c.at, d.id AS day
       FROM session AS s
       JOIN session_day AS d ON d.session = s.id
       JOIN call AS c ON c.session_day = d.id
       WHERE s.machine = ?`,
    )
    .all(machine);
  moveTold(books, machine);
  const days = sessionDays(books);
  const move = books.prepare<[number, number, number]>(
    "UPDATE call SET session_day = ?, minutes_from_utc = ? WHERE id = ?",
  );
  for (const { id, session, at, day } of calls) {
    const { day: now, minutesFromUtc } = days.of(session, at);
    move.run(now, minutesFromUtc, id);
    if (now === day) continue;
    days.markChanged(day);
    days.markChanged(now);
  }
}

/** The same of what telemetry tells. */
function moveTold(books: Books, machine: number): void {
  const timezone = books
    .prepare<[number], string>("SELECT timezone FROM machine WHERE id = ?")
    .pluck()
    .get(machine);
  if (timezone === undefined) throw new Error(`there is no machine ${machine}`);
  const calls = books
    .prepare<[number], { id: number; at: number }>(
      `SELECT id, at FROM telemetry_call
       WHERE session IN (SELECT id FROM session WHERE machine = ?)`,
    )
    .all(machine);
  const move = books.prepare<[number, number]>(
    "UPDATE telemetry_call SET minutes_from_utc = ? WHERE id = ?",
  );
  for (const { id, at } of calls) move.run(localTimeAt(at, timezone).minutesFromUtc, id);
}
