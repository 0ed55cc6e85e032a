import { isTimezone } from "../dates.ts";
import { machineFile, type Machine, type ThisMachine } from "../config/machine.ts";
import type { Twins } from "../readers/health.ts";
import { counted } from "../format/figures.ts";
import type { Check } from "./check.ts";

/** Whether the same usage is in the books under two names; no check where it is not. */
export function checkTwins([twins]: readonly Twins[]): Check[] {
  if (twins === undefined) return [];
  const { machine, other, sessions } = twins;
  const message = `${machine} and ${other} have ${counted(sessions, "session")} in common, which count twice; fetch by one of the names from now on. \`ccbooks stats daily --machine ${machine}\` shows one alone.`;
  return [{ name: "doubles", status: "warn", message }];
}

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
  const inBooks = known?.find((other) => other.name === machine.name);
  if (inBooks !== undefined && inBooks.timezone !== machine.timezone) {
    const remedy = machine.isKept
      ? `correct ${file}`
      : `fetch once with --timezone ${inBooks.timezone}`;
    const message = `The books count the days of ${machine.name} in ${inBooks.timezone}, not in ${machine.timezone}; ${remedy}.`;
    return { name, status: "fail", message };
  }
  if (machine.isKept) return { name, status: "ok", message: keptWords(machine, file) };

  const others = known?.map((other) => `${other.name} (${other.timezone})`) ?? [];
  if (inBooks === undefined && others.length > 0) {
    const message = `${file} is missing, so the next fetch is by ${machine.name} in ${machine.timezone}, and the books know ${others.join(", ")}. If this is one of those, fetch once with its --machine and --timezone, or its usage counts twice.`;
    return { name, status: "warn", message };
  }
  const message = `${machine.name}, days in ${machine.timezone}; the next fetch keeps both.`;
  return { name, status: "ok", message };
}

function keptWords({ name, timezone }: Machine, file: string): string {
  // Undefined where TZ names none.
  const system: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const note =
    system === undefined || system === timezone
      ? ""
      : ` The system's zone is ${system}; days are still counted in ${timezone}.`;
  return `${name}, days in ${timezone}, kept in ${file}.${note}`;
}
