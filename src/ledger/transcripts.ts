import type { TranscriptState } from "../usage.ts";
import type { Books } from "./books.ts";

/** A transcript as the books know it. */
export interface KnownTranscript {
  id: number;
  path: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  readTo: number;
  readHash: number;
  earlyAt: number | null;
  isDeleted: 0 | 1;
  hasSession: 0 | 1;
  /** JSON. */
  setAside: string | null;
}

const KNOWN = `
  SELECT id, path, size, modified_at AS modifiedAt, read_to AS readTo, read_hash AS readHash,
    early_at AS earlyAt, deleted_at IS NOT NULL AS isDeleted,
    session IS NOT NULL AS hasSession, set_aside AS setAside
  FROM transcript WHERE machine = ?`;

/** One transcript of a machine; undefined where the books do not know it. */
export function knownTranscript(
  books: Books,
  machine: number,
  path: string,
): KnownTranscript | undefined {
  return books
    .prepare<[number, string], KnownTranscript>(`${KNOWN} AND path = ?`)
    .get(machine, path);
}

/** The transcripts of a machine, by path. */
export function knownTranscripts(books: Books, machine: number): Map<string, KnownTranscript> {
  const rows = books.prepare<[number], KnownTranscript>(KNOWN).all(machine);
  return new Map(rows.map((row) => [row.path, row]));
}

/** Keeps what was read of transcripts. */
export function transcriptKeeper(books: Books, machine: number, seenAt: string) {
  const write = books
    .prepare<Record<string, string | number | null>, number>(
      `INSERT INTO transcript (
         machine, path, session, subagent, size, modified_at, read_to, read_hash, set_aside,
         early_at, first_seen_at)
       VALUES (
         @machine, @path, @session, @subagent, @size, @modifiedAt, @readTo, @readHash, @setAside,
         @earlyAt, @seenAt)
       ON CONFLICT (machine, path) DO UPDATE SET
         session = COALESCE(session, excluded.session), size = excluded.size,
         modified_at = excluded.modified_at, read_to = excluded.read_to,
         read_hash = excluded.read_hash, set_aside = excluded.set_aside,
         early_at = excluded.early_at, deleted_at = NULL
       RETURNING id`,
    )
    .pluck();
  /** @returns the transcript's row */
  return (state: TranscriptState, session: number | null): number => {
    const { setAside, ...columns } = state;
    const hasSome = Object.keys(setAside).length > 0;
    const id = write.get({
      ...columns,
      setAside: hasSome ? JSON.stringify(setAside) : null,
      machine,
      session,
      seenAt,
    });
    if (id === undefined) throw new Error(`${state.path} was not kept`);
    return id;
  };
}

/** Notes which transcripts have been deleted, and which are back. Nothing that is counted depends on it. */
export function noteDeleted(
  books: Books,
  { deleted, back }: { deleted: readonly number[]; back: readonly number[] },
  at: string,
): void {
  const set = books.prepare<[string | null, number]>(
    "UPDATE transcript SET deleted_at = ? WHERE id = ?",
  );
  for (const id of deleted) set.run(at, id);
  for (const id of back) set.run(null, id);
}
