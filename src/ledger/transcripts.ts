import type { Transcript } from "../usage.ts";
import type { Books } from "./open.ts";

/** How the transcripts on disk differ from those of the machine's last run. */
export interface TranscriptChange {
  /**
   * When the newest of those that vanished or lost bytes was last written, in milliseconds since 1970;
   * null: none.
   */
  vanishedUpTo: number | null;
  /** The same of those that are back: a drive remounted, a folder restored. */
  restoredUpTo: number | null;
}

/** Of a list that is as the machine's last run saw it, or is not to be compared with that. */
export const nothingMoved: TranscriptChange = { vanishedUpTo: null, restoredUpTo: null };

/** A transcript as the machine's last run saw it. */
export interface Present {
  size: number;
  modified_at: number;
}

/** The transcripts that the machine's last run saw, by path. */
export function presentTranscripts(books: Books, machine: string): Map<string, Present> {
  const rows = books
    .prepare<[string], Present & { path: string }>(
      "SELECT path, size, modified_at FROM transcript WHERE machine = ? AND vanished_at IS NULL",
    )
    .all(machine);
  return new Map(rows.map((row) => [row.path, row]));
}

/** Whether a transcript was seen by an earlier run of the machine and has vanished since. */
export function hasVanished(books: Books, machine: string, path: string): boolean {
  const vanished = books.prepare<[string, string]>(
    "SELECT 1 FROM transcript WHERE machine = ? AND path = ? AND vanished_at IS NOT NULL",
  );
  return vanished.get(machine, path) !== undefined;
}

/** Compares the transcripts on disk with those of the machine's last run, and keeps the new list. */
export function recordTranscripts(
  books: Books,
  machine: string,
  transcripts: readonly Transcript[],
  present: ReadonlyMap<string, Present>,
  at: string,
): TranscriptChange {
  const wasSeen = books
    .prepare<[string, string], number>("SELECT 1 FROM transcript WHERE machine = ? AND path = ?")
    .pluck();
  const write = books.prepare<[string, string, number, number, string | null]>(
    `INSERT INTO transcript VALUES (?, ?, ?, ?, NULL, ?)
     ON CONFLICT DO UPDATE SET
       size = excluded.size,
       modified_at = excluded.modified_at,
       vanished_at = NULL,
       returned_at = COALESCE(excluded.returned_at, returned_at)`,
  );
  const vanish = books.prepare<[string, string, string]>(
    "UPDATE transcript SET vanished_at = ? WHERE machine = ? AND path = ?",
  );

  const restored: number[] = [];
  const changed = transcripts.filter(({ path, size, modifiedAt }) => {
    const known = present.get(path);
    return known?.size !== size || known.modified_at !== modifiedAt;
  });
  // In the order of their key: writing thousands of rows in another one takes twice as long.
  for (const { path, size, modifiedAt } of changed.toSorted(byPath)) {
    const isBack = !present.has(path) && wasSeen.get(machine, path) !== undefined;
    if (isBack) restored.push(modifiedAt);
    write.run(machine, path, size, modifiedAt, isBack ? at : null);
  }
  const onDisk = new Set(transcripts.map(({ path }) => path));
  const vanished = [...present.keys()].filter((path) => !onDisk.has(path));
  for (const path of vanished) vanish.run(at, machine, path);
  const shrunk = changed
    .filter(({ path, size }) => size < (present.get(path)?.size ?? 0))
    .map(({ path }) => path);
  return {
    vanishedUpTo: newest(
      [...vanished, ...shrunk].map((path) => present.get(path)?.modified_at ?? 0),
    ),
    restoredUpTo: newest(restored),
  };
}

/** The same since an instant, over all runs up to now. */
export function transcriptsChangedSince(
  books: Books,
  machine: string,
  instant: string,
): TranscriptChange {
  const newestOf = (moved: "vanished_at" | "returned_at"): number | null =>
    books
      .prepare<[string, string], number | null>(
        `SELECT MAX(modified_at) FROM transcript WHERE machine = ? AND ${moved} > ?`,
      )
      .pluck()
      .get(machine, instant) ?? null;
  return { vanishedUpTo: newestOf("vanished_at"), restoredUpTo: newestOf("returned_at") };
}

function newest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((most, time) => Math.max(most, time));
}

function byPath(a: Transcript, b: Transcript): number {
  return a.path < b.path ? -1 : 1;
}
