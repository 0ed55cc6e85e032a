import {
  checkKeptTimezone,
  keepMachine as keepInConfig,
  newUid,
  readKept,
  type Machine,
  type ThisMachine,
} from "../config/machine.ts";
import { UserError } from "../errors.ts";
import { findMachine, keepMachine, type MachineRow } from "../ledger/machines.ts";
import { moveDates } from "../ledger/move-dates.ts";
import type { Books } from "../ledger/open.ts";

/**
 * The books' row of the machine that fetches. One that has lost its configuration, or is given by its
 * name, is the one that the books know by that name. If its zone is another now, its calls are put to
 * the dates of that. Of several first fetches at once, the first keeps the machine for all.
 * @param asked the zone that was asked for, if any
 * @throws UserError when that is not the one the books count the machine's days in.
 */
export function admitMachine(
  books: Books,
  machine: ThisMachine,
  asked: string | undefined,
  at: string,
): MachineRow {
  if (!machine.isFirst) return keptRow(books, knownOrNew(books, machine, asked), at);
  const admit = books.transaction(() => {
    const kept = readKept();
    if (kept?.name === machine.name) return keptRow(books, kept, at);
    const row = keptRow(books, knownOrNew(books, machine, asked), at);
    if (kept === undefined) keepInConfig(row);
    return row;
  });
  return admit.immediate();
}

function knownOrNew(books: Books, machine: ThisMachine, asked: string | undefined): Machine {
  const known = machine.uid === null ? findMachine(books, { name: machine.name }) : undefined;
  if (known !== undefined && asked !== undefined && asked !== known.timezone) {
    throw new UserError(
      `The books count the days of ${known.name} in ${known.timezone}; leave --timezone out, or count all of them in the other with \`ccbooks recount --timezone ${asked}\`.`,
    );
  }
  return known ?? { ...machine, uid: machine.uid ?? newUid() };
}

/** Keeps a machine as it is now; writes nothing where nothing changed. */
export function keptRow(books: Books, machine: Machine, at: string): MachineRow {
  const before = findMachine(books, { uid: machine.uid });
  if (before?.name === machine.name && before.timezone === machine.timezone) return before;
  if (before?.timezone !== machine.timezone) checkKeptTimezone(machine.timezone);
  const keep = books.transaction(() => {
    const { row, hasMoved } = keepMachine(books, machine, laterThan(before, at));
    if (hasMoved) moveDates(books, row.id);
    return row;
  });
  return keep.immediate();
}

/** What a machine says of itself counts, also where its clock has been set back since it last did. */
function laterThan(before: MachineRow | undefined, at: string): string {
  if (before === undefined || before.changedAt < at) return at;
  return new Date(Date.parse(before.changedAt) + 1).toISOString();
}
