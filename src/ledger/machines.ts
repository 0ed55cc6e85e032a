import type { Machine } from "../config/machine.ts";
import type { Books } from "./books.ts";

/** A machine as the books know it. */
export interface MachineRow extends Machine {
  /** Of the row. */
  id: number;
  /** What the tables show. */
  label: string;
  /** When name or zone were last set: ISO 8601 UTC. */
  changedAt: string;
}

const COLUMNS = `id, uid, name, label, timezone, changed_at AS changedAt`;

/** A machine by its id, or by its name if only one has that. */
export function findMachine(
  books: Books,
  { uid, name }: { uid?: string; name?: string },
): MachineRow | undefined {
  const find = (where: string, value: string): MachineRow[] =>
    books
      .prepare<[string], MachineRow>(`SELECT ${COLUMNS} FROM machine WHERE ${where} = ?`)
      .all(value);
  if (uid !== undefined) return find("uid", uid)[0];
  if (name === undefined) return undefined;
  const [labelled] = find("label", name);
  const [named, another] = find("name", name);
  return labelled ?? (another === undefined ? named : undefined);
}

/**
 * Makes sure that the books have a machine, by the name and zone that were set last.
 * @returns it, and whether its zone is another than before, so that its calls need other dates
 */
export function keepMachine(
  books: Books,
  machine: Machine,
  changedAt: string,
): { row: MachineRow; hasMoved: boolean } {
  const before = findMachine(books, { uid: machine.uid });
  books
    .prepare<[string, string, string, string, string]>(
      `INSERT INTO machine (uid, name, label, timezone, changed_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (uid) DO UPDATE SET
         name = excluded.name, timezone = excluded.timezone, changed_at = excluded.changed_at
       WHERE (name, timezone) <> (excluded.name, excluded.timezone)
         AND (changed_at, name, timezone) < (excluded.changed_at, excluded.name, excluded.timezone)`,
    )
    .run(machine.uid, machine.name, machine.uid, machine.timezone, changedAt);
  if (before?.name !== machine.name) labelMachines(books);
  const row = findMachine(books, { uid: machine.uid });
  if (row === undefined) throw new Error(`machine ${machine.uid} was not kept`);
  return { row, hasMoved: before !== undefined && before.timezone !== row.timezone };
}

/** Calls a machine otherwise from now on, in every table. */
export function renameMachine(books: Books, id: number, name: string, changedAt: string): void {
  books
    .prepare("UPDATE machine SET name = ?, changed_at = ? WHERE id = ?")
    .run(name, changedAt, id);
  labelMachines(books);
}

/** The tables that show a machine's label; those below daily_usage follow it. */
const LABELLED = ["daily_usage", "session_usage"] as const;

/**
 * Labels every machine by its name, with its id where another has the same name. Depends on nothing but
 * the machines there are, so that merged books call them alike in any order.
 */
function labelMachines(books: Books): void {
  const machines = books.prepare<[], MachineRow>(`SELECT ${COLUMNS} FROM machine`).all();
  const names = machines.map(({ name }) => name);
  const wanted = machines.map((machine) => {
    const isAlone = names.filter((name) => name === machine.name).length === 1;
    return { ...machine, wanted: isAlone ? machine.name : labelAmong(names, machine) };
  });
  const changed = wanted.filter((machine) => machine.label !== machine.wanted);
  const setLabel = books.prepare<[string, number]>("UPDATE machine SET label = ? WHERE id = ?");
  const renames = LABELLED.map((table) =>
    books.prepare<[string, string]>(`UPDATE ${table} SET machine = ? WHERE machine = ?`),
  );
  const relabel = (id: number, from: string, to: string): void => {
    setLabel.run(to, id);
    for (const rename of renames) rename.run(to, from);
  };
  // By way of the uid, as the label may still be another's.
  for (const { id, uid, label } of changed) relabel(id, label, uid);
  for (const { id, uid, wanted: label } of changed) relabel(id, uid, label);
}

/** The name and so much of the id that nobody is called the same. */
function labelAmong(names: readonly string[], { name, uid }: MachineRow): string {
  for (let length = 4; length < uid.length; length += 4) {
    const label = `${name}-${uid.slice(0, length)}`;
    if (!names.includes(label)) return label;
  }
  return `${name}-${uid}`;
}
