import { machineFile, type ThisMachine } from "../config/machine.ts";
import { isTimezone } from "../dates.ts";
import { counted } from "../format/figures.ts";
import type { KnownMachine, LogFolder } from "../readers/health.ts";
import type { Check } from "./check.ts";

/** The machine of the books that fetches here; undefined where the next fetch makes a new one. */
export function machineInBooks<T extends KnownMachine>(
  machine: ThisMachine,
  known: readonly T[],
): T | undefined {
  if (machine.uid !== null) return known.find(({ uid }) => uid === machine.uid);
  const named = known.filter(({ name }) => name === machine.name);
  return (
    known.find(({ label }) => label === machine.name) ?? (named.length === 1 ? named[0] : undefined)
  );
}

/**
 * Whether this machine's days go on being counted by one midnight.
 * @param known every machine in the books; undefined where there are none to read
 */
export function checkMachine(
  machine: ThisMachine,
  known: readonly KnownMachine[] | undefined,
): Check {
  const name = "machine";
  const file = machineFile();
  if (!isTimezone(machine.timezone)) {
    const message = `"${machine.timezone}" in ${file} is not a time zone; correct it to an IANA name such as Europe/Berlin.`;
    return { name, status: "fail", message };
  }
  const inBooks = known === undefined ? undefined : machineInBooks(machine, known);
  if (inBooks !== undefined && inBooks.timezone !== machine.timezone && machine.isKept) {
    const message = `The books count the days of ${inBooks.label} in ${inBooks.timezone}, ${file} says ${machine.timezone}; the next fetch moves them to ${machine.timezone}, unless you correct the file.`;
    return { name, status: "warn", message };
  }
  const others = (known ?? []).filter((other) => other !== inBooks).map(({ label }) => label);
  const beside = others.length === 0 ? "" : ` The books also hold ${others.join(", ")}.`;
  if (machine.isKept)
    return { name, status: "ok", message: `${keptWords(machine, file)}${beside}` };
  const message = `${machine.name}, days in ${inBooks?.timezone ?? machine.timezone}; the next fetch keeps both.${beside}`;
  return { name, status: "ok", message };
}

function keptWords({ name, timezone }: ThisMachine, file: string): string {
  // Undefined where TZ names none.
  const system: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const note =
    system === undefined || system === timezone
      ? ""
      : ` The system's zone is ${system}; days are still counted in ${timezone}.`;
  return `${name}, days in ${timezone}, kept in ${file}.${note}`;
}

/** Which of Claude Code's folders the books come from. */
export function checkFolders(folders: readonly LogFolder[]): Check[] {
  if (folders.length === 0) return [];
  const words = folders.map(({ folder, transcripts, deleted }) => {
    const gone = deleted === 0 ? "" : `, ${deleted} of them deleted since`;
    return `${folder} (${counted(transcripts, "transcript")}${gone})`;
  });
  return [{ name: "folders", status: "ok", message: `The books come from ${words.join(", ")}.` }];
}
