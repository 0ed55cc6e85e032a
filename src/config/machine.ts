import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

import { isTimezone, spelledTimezone } from "../dates.ts";
import { UserError } from "../errors.ts";
import { configFile, readConfig, writeConfig } from "./files.ts";

const NAME = "machine.json";

/** Who counts, and by which midnight. */
export interface Machine {
  /** Random: the same for good, whatever the machine is called. */
  uid: string;
  /** A label. */
  name: string;
  /** IANA name. */
  timezone: string;
}

/** This machine as a run is told of it. */
export interface ThisMachine extends Omit<Machine, "uid"> {
  /** Null where only the books can tell: by the name, or it is a new machine. */
  uid: string | null;
  /** It is the machine that the configuration keeps. */
  isKept: boolean;
  /** The configuration keeps none yet. */
  isFirst: boolean;
}

/**
 * This machine's id, name and time zone. All are kept outside the books from the first fetch on. A name
 * given later (`--machine`, `CCBOOKS_MACHINE`) is for that run alone.
 * @throws UserError when a zone has no name that Node knows, differs from the kept one, or the file is unreadable.
 */
export function thisMachine(flags: {
  machine: string | undefined;
  timezone: string | undefined;
}): ThisMachine {
  const kept = readKept();
  const asked = flags.timezone === undefined ? undefined : namedTimezone(flags.timezone);
  if (kept !== undefined && asked !== undefined && asked !== kept.timezone) {
    throw new UserError(
      `This machine's days are counted in ${kept.timezone}; leave --timezone out, or count all of them in the other with \`ccbooks recount --timezone ${asked}\`.`,
    );
  }
  const given = flags.machine || process.env["CCBOOKS_MACHINE"] || undefined;
  if (given !== undefined) checkName(given);
  const timezone = asked ?? kept?.timezone ?? systemTimezone();
  const isKept = kept !== undefined && (given === undefined || given === kept.name);
  return {
    uid: isKept ? kept.uid : null,
    name: given ?? kept?.name ?? hostname(),
    timezone,
    isKept,
    isFirst: kept === undefined,
  };
}

/** Longer than any host's name. */
const LONGEST_NAME = 100;

/** @throws UserError when a machine cannot be called so. */
export function checkName(name: string): void {
  const isPlain = name.trim() === name && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name);
  if (isPlain && name !== "" && name.length <= LONGEST_NAME) return;
  throw new UserError(
    `A machine's name has 1 to ${LONGEST_NAME} characters that can be seen, and no space at its ends, unlike ${JSON.stringify(name.slice(0, LONGEST_NAME))}; give another one.`,
  );
}

/** The zone this machine's days are counted in: the kept one, else the system's. */
export function machineTimezone(): string {
  return readKept()?.timezone ?? systemTimezone();
}

/**
 * A zone in the spelling that Node's tables have.
 * @throws UserError when it is none.
 */
export function namedTimezone(text: string): string {
  const zone = spelledTimezone(text);
  if (zone !== undefined) return zone;
  throw new UserError(
    `"${text}" is not the name of a time zone; give one such as Europe/Berlin, or leave --timezone out.`,
  );
}

/**
 * @throws UserError when the kept zone, which somebody may have edited, is none. Asked for only where it is
 *   new to the books, as Intl takes 15 ms to start.
 */
export function checkKeptTimezone(timezone: string): void {
  if (isTimezone(timezone)) return;
  const zone = spelledTimezone(timezone);
  throw new UserError(
    `${machineFile()} has days counted in "${timezone}", which ${zone === undefined ? "is not the name of a time zone" : `is spelled ${zone}`}; correct "timezone" there.`,
  );
}

/** The zone that TZ names, else the operating system's. */
function systemTimezone(): string {
  const { TZ } = process.env;
  if (!TZ) {
    const zone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone !== undefined && zone !== "Etc/Unknown") return zone;
    throw new UserError(
      "The system names no time zone; set TZ to a name such as Europe/Berlin, or fetch once with --timezone NAME.",
    );
  }
  const zone = spelledTimezone(TZ);
  if (zone === TZ) return zone;
  const next =
    zone === undefined
      ? "set it to a name such as Europe/Berlin, unset it to use the system's"
      : `which is spelled ${zone}: correct it, unset it to use the system's`;
  throw new UserError(
    `TZ is "${TZ}", ${zone === undefined ? "which names no time zone; " : ""}${next}, or fetch once with --timezone NAME.`,
  );
}

/** Another machine's id: what two machines of one name are told apart by. */
export function newUid(): string {
  return randomBytes(8).toString("hex");
}

/** Fixes id, name and zone for every later run. */
export function keepMachine({ uid, name, timezone }: Machine): void {
  writeConfig(NAME, { id: uid, name, timezone }, "remember this machine's name and time zone");
}

/** Where they are kept. */
export function machineFile(): string {
  return configFile(NAME);
}

/** This machine as it is kept; undefined before the first fetch. */
export function readKept(): Machine | undefined {
  const text = readConfig(NAME);
  if (text === undefined) return undefined;
  const kept = parseKept(text);
  if (kept === undefined) {
    throw new UserError(
      `${machineFile()} should hold this machine's "id", "name" and "timezone" and does not; ` +
        `mend it, or delete it to have the next fetch write it anew.`,
    );
  }
  return kept;
}

function parseKept(text: string): Machine | undefined {
  try {
    const { id, name, timezone } = JSON.parse(text);
    const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
    return [id, name, timezone].every(isText) ? { uid: id, name, timezone } : undefined;
  } catch {
    return undefined;
  }
}
