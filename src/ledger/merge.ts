import { UserError } from "../errors.ts";
import type { Project } from "../usage.ts";
import { joinReadings } from "./join.ts";
import type { Books } from "./open.ts";
import { pinKey, type Pin } from "./pins.ts";
import { recordProjects } from "./projects.ts";
import { readingStore, subjectOf, type Reading, type Subject } from "./readings.ts";
import { settler } from "./seed-tables.ts";

/** What another file brought. */
export interface Merged {
  /** Days and sessions whose readings changed. */
  days: number;
  sessions: number;
  runs: number;
}

/** The tables of another copy of the books, as rows. */
interface Copy {
  methods: Row[];
  readings: Reading[];
  runs: Row[];
  transcripts: TranscriptRow[];
  projects: Project[];
  pins: Pin[];
  /** When each machine last fetched. */
  lastFetch: Map<string, string>;
}

interface TranscriptRow {
  machine: string;
  path: string;
  size: number;
  modified_at: number;
  vanished_at: string | null;
  returned_at: string | null;
}

type Row = Record<string, string | number | null>;

/** Reads what `merge` takes from another copy. */
export function readCopy(other: Books): Copy {
  const all = <T>(table: string): T[] => other.prepare<[], T>(`SELECT * FROM ${table}`).all();
  return {
    methods: all("method"),
    readings: all("reading"),
    runs: all("import_run"),
    transcripts: all("transcript"),
    projects: all("project"),
    pins: all("pin"),
    lastFetch: lastFetches(other),
  };
}

/**
 * Takes another copy of the books in: the union of both by key, and of one key in both the fuller,
 * then the later. Any order and any number of times gives the same books.
 * @throws UserError when a machine's days are counted in different time zones in the two.
 */
export function merge(books: Books, copy: Copy): Merged {
  return books.transaction(() => take(books, copy)).immediate();
}

function take(books: Books, copy: Copy): Merged {
  const ourLastFetch = lastFetches(books);
  insertNew(books, "method", copy.methods);
  const runs = insertNew(books, "import_run", copy.runs);
  refuseTwoZones(books);
  takeTranscripts(books, copy, ourLastFetch);
  recordProjects(books, copy.projects);
  return { ...takeReadings(books, copy.readings, copy.pins), runs };
}

/** Joins readings and pins with those of the books, and settles every subject they touch. */
export function takeReadings(
  books: Books,
  readings: readonly Reading[],
  pins: readonly Pin[],
): Pick<Merged, "days" | "sessions"> {
  const store = readingStore(books);
  const touched = new Map<string, Subject>();
  for (const theirs of readings) {
    const ours = store.all(theirs).find(({ method }) => method === theirs.method);
    const joined = ours === undefined ? theirs : joinReadings(ours, theirs);
    if (ours !== undefined && sameReading(joined, ours)) continue;
    store.write({ ...joined, shown: ours?.shown ?? 0 });
    touched.set(pinKey(theirs), subjectOf(theirs));
  }
  takePins(books, pins, touched);

  const settle = settler(books);
  for (const subject of touched.values()) settle(store.all(subject));
  const days = [...touched.values()].filter(({ kind }) => kind === "day").length;
  return { days, sessions: touched.size - days };
}

/** Two zones for one machine would count its evenings twice. */
function refuseTwoZones(books: Books): void {
  const zones = new Map<string, string>();
  const used = books
    .prepare<[], { machine: string; timezone: string }>(
      "SELECT DISTINCT machine, timezone FROM import_run WHERE status = 'ok'",
    )
    .all();
  for (const { machine, timezone } of used) {
    const other = zones.get(machine);
    if (other !== undefined && other !== timezone) {
      throw new UserError(
        `The days of ${machine} are counted in ${other} in one file and in ${timezone} in the other, so their evenings cannot be told apart; keep the files separate.`,
      );
    }
    zones.set(machine, timezone);
  }
}

/**
 * Of a machine's transcripts, the copy that fetched last knows which are there: those that only the
 * other one saw have gone since.
 */
function takeTranscripts(books: Books, copy: Copy, ourLastFetch: Copy["lastFetch"]): void {
  const row = "VALUES (@machine, @path, @size, @modified_at, @vanished_at, @returned_at)";
  const laterReturn =
    "returned_at = COALESCE(MAX(returned_at, excluded.returned_at), returned_at, excluded.returned_at)";
  const vanish = books.prepare<[string, string]>(
    "UPDATE transcript SET vanished_at = ? WHERE machine = ? AND vanished_at IS NULL",
  );
  const takeLater = books.prepare<TranscriptRow>(`
    INSERT INTO transcript ${row}
    ON CONFLICT DO UPDATE SET
      size = excluded.size, modified_at = excluded.modified_at, vanished_at = excluded.vanished_at,
      ${laterReturn}`);
  const takeEarlier = books.prepare<TranscriptRow>(
    `INSERT INTO transcript ${row} ON CONFLICT DO UPDATE SET ${laterReturn}`,
  );
  for (const [machine, theirs] of copy.lastFetch) {
    const ours = ourLastFetch.get(machine) ?? "";
    const rows = copy.transcripts.filter((transcript) => transcript.machine === machine);
    if (theirs > ours) {
      vanish.run(ours, machine);
      for (const transcript of rows) takeLater.run(transcript);
    } else {
      for (const transcript of rows) {
        takeEarlier.run({ ...transcript, vanished_at: transcript.vanished_at ?? theirs });
      }
    }
  }
}

/** When each machine last fetched. */
function lastFetches(books: Books): Map<string, string> {
  const rows = books
    .prepare<[], [machine: string, startedAt: string]>(
      "SELECT machine, MAX(started_at) FROM import_run WHERE status = 'ok' GROUP BY machine",
    )
    .raw()
    .all();
  return new Map(rows);
}

/** The later pin of a subject wins. */
function takePins(books: Books, pins: readonly Pin[], touched: Map<string, Subject>): void {
  const join = books.prepare(`
    INSERT INTO pin VALUES (@kind, @subject, @project_path, @agent, @machine, @method, @pinned_at)
    ON CONFLICT DO UPDATE SET method = excluded.method, pinned_at = excluded.pinned_at
    WHERE (excluded.pinned_at, excluded.method) > (pinned_at, method)`);
  for (const pin of pins) {
    if (join.run(pin).changes > 0) touched.set(pinKey(pin), subjectOf(pin));
  }
}

/** Adds the rows whose keys the table does not have, and says how many they were. */
function insertNew(books: Books, table: string, rows: readonly Row[]): number {
  const [first] = rows;
  if (first === undefined) return 0;
  const columns = Object.keys(first);
  const statement = books.prepare(
    `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
  );
  return rows.reduce((changes, row) => changes + statement.run(row).changes, 0);
}

/** Equal but for whether it is shown, which each file settles for itself. */
function sameReading(a: Reading, b: Reading): boolean {
  return JSON.stringify({ ...a, shown: 0 }) === JSON.stringify({ ...b, shown: 0 });
}
