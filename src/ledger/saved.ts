import type { Report } from "../usage.ts";
import { canonical } from "./cells.ts";
import { takeReadings, type Merged } from "./merge.ts";
import type { Books } from "./open.ts";
import { SAVED, type Reading } from "./readings.ts";

/** A report from a file, and whose it is. */
export interface SavedReport {
  report: Report;
  machine: string;
  agent: string;
  /** The zone its days are taken to be counted in: the file does not say. */
  timezone: string;
  /** When the file was written: ISO 8601 UTC. */
  readAt: string;
}

/**
 * Takes a saved report in. Which release made it, and what was swept before, nobody knows: so it is
 * never whole, a fetch never continues it, and it is shown only where nothing better is known.
 */
export function takeSavedReport(books: Books, saved: SavedReport): Merged {
  const { report, machine, agent, timezone, readAt } = saved;
  const method = `${SAVED}${timezone}`;
  const common = {
    agent,
    machine,
    method,
    reported: "[]",
    whole: 0,
    shown: 0,
    first_activity: null,
    last_activity: null,
    last_activity_at: null,
    first_read_at: readAt,
    read_at: readAt,
    last_read_at: readAt,
  } as const;
  const days = report.days.map(({ date, cells }): Reading => ({
    ...common,
    kind: "day",
    subject: date,
    project_path: "",
    carried: JSON.stringify(canonical(cells)),
  }));
  const sessions = report.sessions.map((session): Reading => ({
    ...common,
    kind: "session",
    subject: session.sessionId,
    project_path: session.projectPath,
    carried: JSON.stringify(canonical(session.cells)),
    first_activity: session.firstActivity,
    last_activity: session.lastActivity,
    last_activity_at: session.lastActivityAt,
  }));
  return books
    .transaction(() => {
      books
        .prepare("INSERT OR IGNORE INTO method VALUES (?, 'unknown', 'saved report', ?)")
        .run(method, timezone);
      return { ...takeReadings(books, [...days, ...sessions], []), runs: 0 };
    })
    .immediate();
}
