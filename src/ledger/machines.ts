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
       WHERE (changed_at, name, timezone) < (excluded.changed_at, excluded.name, excluded.timezone)`,
    )
    .run(machine.uid, machine.name, interimLabel(machine.uid), machine.timezone, changedAt);
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

/** The tables that name a machine by its label; those below daily_usage follow it. */
const LABELLED = ["daily_usage", "session_usage", "budget"] as const;

/** How much of the uid tells two machines of one name apart, unless they share that too. */
const UID_PART = 4;

/**
 * Labels every machine by its name, with a part of the uid where others have the same name. Depends on
 * nothing but the machines there are, so that merged books call them alike in any order.
 */
function labelMachines(books: Books): void {
  const machines = books.prepare<[], MachineRow>(`SELECT ${COLUMNS} FROM machine`).all();
  const changed = machines
    .map((machine) => ({ ...machine, wanted: labelOf(machine, machines) }))
    .filter(({ label, wanted }) => label !== wanted);
  const setLabel = books.prepare<[string, number]>("UPDATE machine SET label = ? WHERE id = ?");
  const renames = LABELLED.map((table) =>
    books.prepare<[string, string]>(`UPDATE ${table} SET machine = ? WHERE machine = ?`),
  );
  const relabel = (id: number, from: string, to: string): void => {
    setLabel.run(to, id);
    for (const rename of renames) rename.run(to, from);
  };
  // By way of another one, as the label may still be another's.
  for (const { id, uid, label } of changed) relabel(id, label, interimLabel(uid));
  for (const { id, uid, wanted } of changed) relabel(id, interimLabel(uid), wanted);
}

/** A label that no name can be: names have at most 100 letters. */
function interimLabel(uid: string): string {
  return uid.padStart(120, "-");
}

function labelOf({ uid, name }: MachineRow, machines: readonly MachineRow[]): string {
  const others = machines.filter((other) => other.uid !== uid);
  if (!others.some((other) => other.name === name)) return name;
  const label = `${name}-${uid.slice(0, UID_PART)}`;
  const isTaken = others.some(
    (other) =>
      other.name === label || (other.name === name && other.uid.startsWith(uid.slice(0, UID_PART))),
  );
  return isTaken ? `${name}-${uid}` : label;
}
