import type { Cell } from "../usage.ts";
import type { Meter } from "./fold.ts";
import type { Books } from "./open.ts";

/** A row of `reading`: one day or session as one method counted it. Cells stay JSON until needed. */
export interface Reading {
  kind: "day" | "session";
  subject: string;
  project_path: string;
  agent: string;
  machine: string;
  method: string;
  reported: string;
  carried: string;
  whole: 0 | 1;
  /** Whether the seed tables show this one of the subject's readings. */
  shown: 0 | 1;
  first_activity: string | null;
  last_activity: string | null;
  last_activity_at: string | null;
  /** When the method first read the subject, in any copy of the books. */
  first_read_at: string;
  /** When it read what is here. */
  read_at: string;
  /** When a report of it last showed the subject, in any copy of the books. */
  last_read_at: string;
}

/** What names a subject of one machine and agent. */
export type Subject = Pick<Reading, "kind" | "subject" | "project_path" | "agent" | "machine">;

/** The subject alone: a statement takes no parameters that it does not name. */
export function subjectOf({ kind, subject, project_path, agent, machine }: Subject): Subject {
  return { kind, subject, project_path, agent, machine };
}

/** The cells of a reading. They were validated before they were written. */
export function meterOf(reading: Pick<Reading, "reported" | "carried">): Meter {
  const reported: Cell[] = JSON.parse(reading.reported);
  const carried: Cell[] = JSON.parse(reading.carried);
  return { reported, carried };
}

/** A key for maps, unique among the subjects of one kind, machine and agent. */
export function subjectKey(subject: string, projectPath: string): string {
  return projectPath === "" ? subject : `${subject}\0${projectPath}`;
}

/** How the methods of saved reports begin: which release made one, nobody knows. */
export const SAVED = "saved report ";

/**
 * The one of a subject's readings that was read last: what a new report continues. A saved report is
 * none that a fetch could continue.
 */
export function latestOf(readings: readonly Reading[]): Reading | undefined {
  const fetched = readings.filter(({ method }) => !method.startsWith(SAVED));
  return fetched.toSorted(
    (a, b) => compare(b.last_read_at, a.last_read_at) || compare(b.method, a.method),
  )[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Reads and writes readings; statements are prepared once for a whole fetch. */
export function readingStore(books: Books) {
  const bySubject = `kind = @kind AND subject = @subject AND project_path = @project_path
    AND agent = @agent AND machine = @machine`;

  const all = books.prepare<Subject, Reading>(`SELECT * FROM reading WHERE ${bySubject}`);
  // Under a single method every reading is the latest of its subject, which saves asking for each.
  const methods = books.prepare<[], number>("SELECT COUNT(*) FROM method").pluck().get() ?? 0;
  const isLatest = `NOT EXISTS (
    SELECT 1 FROM reading AS later
    WHERE later.kind = r.kind AND later.subject = r.subject AND later.project_path = r.project_path
      AND later.agent = r.agent AND later.machine = r.machine
      AND later.method NOT LIKE '${SAVED}%'
      AND (later.last_read_at, later.method) > (r.last_read_at, r.method))`;
  const stillReported = books.prepare<Pick<Reading, "kind" | "agent" | "machine">, Reading>(`
    SELECT * FROM reading AS r INDEXED BY reading_still_reported
    WHERE machine = @machine AND agent = @agent AND kind = @kind AND reported <> '[]'
      ${methods > 1 ? `AND ${isLatest}` : ""}`);
  const write = books.prepare<Reading>(`
    INSERT INTO reading VALUES (
      @kind, @subject, @project_path, @agent, @machine, @method, @reported, @carried, @whole,
      @shown, @first_activity, @last_activity, @last_activity_at, @first_read_at, @read_at,
      @last_read_at)
    ON CONFLICT DO UPDATE SET
      reported = excluded.reported, carried = excluded.carried, whole = excluded.whole,
      shown = excluded.shown,
      first_activity = excluded.first_activity, last_activity = excluded.last_activity,
      last_activity_at = excluded.last_activity_at,
      first_read_at = excluded.first_read_at, read_at = excluded.read_at,
      last_read_at = excluded.last_read_at`);

  const ofSession = books.prepare<[string], Reading>(
    "SELECT * FROM reading WHERE kind = 'session' AND subject = ?",
  );

  return {
    /** Every reading of a session, in whatever project and machine. */
    ofSession: (sessionId: string): Reading[] => ofSession.all(sessionId),
    /** Every reading of a subject, one per method. */
    all: (subject: Subject): Reading[] => all.all(subject),
    /** The latest readings whose last report still showed something, by `subjectKey`. */
    stillReported(of: Pick<Reading, "kind" | "agent" | "machine">): Map<string, Reading> {
      return new Map(
        stillReported.all(of).map((row) => [subjectKey(row.subject, row.project_path), row]),
      );
    },
    /** The latest reading of one subject if its last report still showed something, by `subjectKey`. */
    latest(subject: Subject): Map<string, Reading> {
      const latest = latestOf(all.all(subject));
      const isReported = latest !== undefined && latest.reported !== "[]";
      return new Map(isReported ? [[subjectKey(latest.subject, latest.project_path), latest]] : []);
    },
    write: (reading: Reading): void => void write.run(reading),
  };
}
