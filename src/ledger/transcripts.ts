import type { Transcript } from "../usage.ts";
import type { Books } from "./open.ts";

/** How the transcripts on disk differ from those of the machine's last run. */
export interface TranscriptChange {
  vanished: number;
  /** Some that had vanished are back: a drive remounted, a folder restored. */
  restored: boolean;
}

/** Compares the transcripts on disk with the list kept for the machine, and keeps the new list. */
export function recordTranscripts(
  books: Books,
  machine: string,
  transcripts: readonly Transcript[],
  at: string,
): TranscriptChange {
  const present = new Map(
    books
      .prepare<[string], { path: string; size: number; modified_at: number }>(
        "SELECT path, size, modified_at FROM transcript WHERE machine = ? AND vanished_at IS NULL",
      )
      .all(machine)
      .map((row) => [row.path, row]),
  );
  const wasSeen = books
    .prepare<[string, string], number>("SELECT 1 FROM transcript WHERE machine = ? AND path = ?")
    .pluck();
  const write = books.prepare<[string, string, number, number]>(
    "INSERT OR REPLACE INTO transcript VALUES (?, ?, ?, ?, NULL)",
  );
  const vanish = books.prepare<[string, string, string]>(
    "UPDATE transcript SET vanished_at = ? WHERE machine = ? AND path = ?",
  );

  let restored = false;
  for (const { path, size, modifiedAt } of transcripts) {
    const known = present.get(path);
    present.delete(path);
    if (known?.size === size && known.modified_at === modifiedAt) continue;
    if (known === undefined && wasSeen.get(machine, path) !== undefined) restored = true;
    write.run(machine, path, size, modifiedAt);
  }
  for (const path of present.keys()) vanish.run(at, machine, path);
  return { vanished: present.size, restored };
}
