import type { Books } from "./open.ts";
import type { Reading, Subject } from "./readings.ts";

/** The method of the pinned reading, by `pinKey` of its subject. */
export type Pins = ReadonlyMap<string, string>;

/** A row of `pin`. */
export type Pin = Subject & { method: string; pinned_at: string };

export function pinKey({ kind, subject, project_path, agent, machine }: Subject): string {
  return [kind, subject, project_path, agent, machine].join("\0");
}

/** Every pin there is; people set few. */
export function loadPins(books: Books): Pins {
  const rows = books.prepare<[], Pin>("SELECT * FROM pin").all();
  return new Map(rows.map((row) => [pinKey(row), row.method]));
}

/** Has the books show this reading of its subject from now on. */
export function pin(books: Books, reading: Reading, at: string): void {
  const { kind, subject, project_path, agent, machine, method } = reading;
  books
    .prepare("INSERT OR REPLACE INTO pin VALUES (?, ?, ?, ?, ?, ?, ?)")
    .run(kind, subject, project_path, agent, machine, method, at);
}

/** Lets settling decide again. */
export function unpin(
  books: Books,
  { kind, subject, project_path, agent, machine }: Subject,
): void {
  books
    .prepare(
      `DELETE FROM pin WHERE kind = ? AND subject = ? AND project_path = ? AND agent = ? AND machine = ?`,
    )
    .run(kind, subject, project_path, agent, machine);
}
