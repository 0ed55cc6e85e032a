import { errorCode, UserError } from "../errors.ts";
import { findMachine, renameMachine, type MachineRow } from "./machines.ts";
import type { Books } from "./open.ts";

export interface Renamed {
  /** As the tables showed it before. */
  labelBefore: string;
  machine: MachineRow;
  /** The labels of other machines that have the name too. */
  namesakes: string[];
}

/**
 * Calls a machine otherwise, in the books and wherever else it is called.
 * @param old its label, its name if no other has that, or its id
 * @param elsewhere renames it outside the books: if that fails, the books stay as they are
 * @throws UserError when the books know no such machine, or several.
 */
export function renameInBooks(
  books: Books,
  old: string,
  name: string,
  elsewhere: (machine: MachineRow) => void,
): Renamed {
  const rename = books.transaction((): Renamed => {
    const before = knownMachine(books, old);
    if (before.name !== name) renameMachine(books, before.id, name, new Date().toISOString());
    const machine = findMachine(books, { uid: before.uid }) ?? before;
    elsewhere(machine);
    const namesakes = labels(books, "name = ? AND id <> ?", name, machine.id);
    return { labelBefore: before.label, machine, namesakes };
  });
  try {
    return rename.immediate();
  } catch (error) {
    // Labels are unique: a name may be another's label.
    if (errorCode(error) !== "SQLITE_CONSTRAINT_UNIQUE") throw error;
    throw new UserError(
      `With "${name}" the tables would show two machines alike; give another name.`,
      { cause: error },
    );
  }
}

function knownMachine(books: Books, old: string): MachineRow {
  const found = findMachine(books, { name: old }) ?? findMachine(books, { uid: old });
  if (found !== undefined) return found;
  const alike = labels(books, "name = ?", old);
  if (alike.length > 0) {
    throw new UserError(
      `${alike.length} machines are called "${old}"; give one of ${alike.join(", ")}.`,
    );
  }
  const known = labels(books, "1");
  const which =
    known.length === 0
      ? "they know none yet; run `ccbooks fetch` first"
      : known.length === 1
        ? `there is only ${known[0]}`
        : `give one of ${known.join(", ")}`;
  throw new UserError(`The books know no machine "${old}"; ${which}.`);
}

/** @param condition SQL about machine */
function labels(books: Books, condition: string, ...parameters: (string | number)[]): string[] {
  return books
    .prepare<unknown[], string>(`SELECT label FROM machine WHERE ${condition} ORDER BY label`)
    .pluck()
    .all(...parameters);
}
