import { UserError } from "../errors.ts";
import { joinReadings } from "./join.ts";
import type { Books } from "./open.ts";
import { pinKey, type Pin } from "./pins.ts";
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
  transcripts: Row[];
  pins: Pin[];
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
    pins: all("pin"),
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
  insertNew(books, "method", copy.methods);
  const runs = insertNew(books, "import_run", copy.runs);
  refuseTwoZones(books);
  takeTranscripts(books, copy.transcripts);
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

/** What is present in either copy is taken as present: the next fetch finds out. */
function takeTranscripts(books: Books, transcripts: readonly Row[]): void {
  const join = books.prepare(`
    INSERT INTO transcript VALUES (@machine, @path, @size, @modified_at, @vanished_at)
    ON CONFLICT DO UPDATE SET
      size = MAX(size, excluded.size),
      modified_at = MAX(modified_at, excluded.modified_at),
      vanished_at = MIN(vanished_at, excluded.vanished_at)`);
  for (const row of transcripts) join.run(row);
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
