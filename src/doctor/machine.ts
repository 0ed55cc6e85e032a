import { isTimezone } from "../dates.ts";
import { machineFile, type Machine, type ThisMachine } from "../machine.ts";
import type { Check } from "./check.ts";

/**
 * Whether this machine's usage goes on being counted once and by one midnight.
 * @param known every machine in the books; undefined where there are none to read
 */
export function checkMachine(machine: ThisMachine, known: readonly Machine[] | undefined): Check {
  const name = "machine";
  const file = machineFile();
  if (!isTimezone(machine.timezone)) {
    const message = `"${machine.timezone}" in ${file} is not a time zone; correct it to an IANA name such as Europe/Berlin.`;
    return { name, status: "fail", message };
  }
  const counted = known?.find((other) => other.name === machine.name);
  if (counted !== undefined && counted.timezone !== machine.timezone) {
    const remedy = machine.isKept
      ? `correct ${file}`
      : `fetch once with --timezone ${counted.timezone}`;
    const message = `The books count the days of ${machine.name} in ${counted.timezone}, not in ${machine.timezone}; ${remedy}.`;
    return { name, status: "fail", message };
  }
  if (machine.isKept) return { name, status: "ok", message: keptWords(machine, file) };

  const others = known?.map((other) => `${other.name} (${other.timezone})`) ?? [];
  if (counted === undefined && others.length > 0) {
    const message = `${file} is missing, so the next fetch is by ${machine.name} in ${machine.timezone}, and the books know ${others.join(", ")}. If this is one of those, fetch once with its --machine and --timezone, or its usage counts twice.`;
    return { name, status: "warn", message };
  }
  const message = `${machine.name}, days in ${machine.timezone}; the next fetch keeps both.`;
  return { name, status: "ok", message };
}

function keptWords({ name, timezone }: Machine, file: string): string {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const note =
    system === timezone
      ? ""
      : ` The system's zone is ${system}; days are still counted in ${timezone}.`;
  return `${name}, days in ${timezone}, kept in ${file}.${note}`;
}
