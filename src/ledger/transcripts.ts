import type { Transcript } from "../usage.ts";
import type { Books } from "./open.ts";

/** How the transcripts on disk differ from those of the machine's last run. */
export interface TranscriptChange {
  /** When the newest of those that vanished was last written, in milliseconds since 1970; null: none. */
  vanishedUpTo: number | null;
  /** The same of those that are back: a drive remounted, a folder restored. */
  restoredUpTo: number | null;
}

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
  const write = books.prepare<[string, string, number, number]>(
    "INSERT OR REPLACE INTO transcript VALUES (?, ?, ?, ?, NULL)",
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
    if (!present.has(path) && wasSeen.get(machine, path) !== undefined) restored.push(modifiedAt);
    write.run(machine, path, size, modifiedAt);
  }
  const onDisk = new Set(transcripts.map(({ path }) => path));
  const vanished = [...present.keys()].filter((path) => !onDisk.has(path));
  for (const path of vanished) vanish.run(at, machine, path);
  return {
    vanishedUpTo: newest(vanished.map((path) => present.get(path)?.modified_at ?? 0)),
    restoredUpTo: newest(restored),
  };
}

function newest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((most, time) => Math.max(most, time));
}

function byPath(a: Transcript, b: Transcript): number {
  return a.path < b.path ? -1 : 1;
}
