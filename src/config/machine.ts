import { hostname } from "node:os";

import { configFile, readConfig, writeConfig } from "./files.ts";
import { isTimezone } from "../dates.ts";
import { UserError } from "../errors.ts";

const NAME = "machine.json";

/** Who counts, and by which midnight. */
export interface Machine {
  name: string;
  /** IANA name. */
  timezone: string;
}

export interface ThisMachine extends Machine {
  /** There is a kept name and zone, whether or not this run uses that name. */
  isKept: boolean;
  /** The name is only the host's, which may have been another when the books were begun. */
  isGuessed: boolean;
}

/**
 * This machine's name and time zone. Both are fixed at the first fetch and kept outside the books:
 * host names drift, and the same logs under two names would count twice; a moved zone would count
 * evenings twice. A name given later (`--machine`, `CCBOOKS_MACHINE`) is for that run alone.
 * @throws UserError when a zone is unknown or has no name, differs from the kept one, or the file is unreadable.
 */
export function thisMachine(flags: {
  machine: string | undefined;
  timezone: string | undefined;
}): ThisMachine {
  const kept = readKept();
  const asked = flags.timezone;
  if (kept !== undefined && asked !== undefined && asked !== kept.timezone) {
    throw new UserError(
      `This machine's days are counted in ${kept.timezone}, and a second zone would count evenings twice: ` +
        `leave --timezone out, or give --timezone ${kept.timezone}.`,
    );
  }
  // A kept zone was checked when it was kept; checking costs the start of every fetch 10 ms.
  if (kept === undefined && asked !== undefined && !isTimezone(asked)) {
    throw new UserError(
      `"${asked}" is not a time zone; give an IANA name such as Europe/Berlin, or leave --timezone out.`,
    );
  }
  const given = flags.machine || process.env["CCBOOKS_MACHINE"];
  return {
    name: given || kept?.name || hostname(),
    timezone: asked ?? kept?.timezone ?? systemTimezone(),
    isKept: kept !== undefined,
    isGuessed: !given && kept === undefined,
  };
}

/** The zone this machine's days are counted in: the kept one, else the system's. */
export function machineTimezone(): string {
  return readKept()?.timezone ?? systemTimezone();
}

/** The zone that TZ names, else the operating system's. */
function systemTimezone(): string {
  const { TZ } = process.env;
  const zone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === undefined || zone === "Etc/Unknown") {
    throw new UserError(
      `TZ is "${TZ}", which names no time zone; set it to a name such as Europe/Berlin, unset it to use the system's, or fetch once with --timezone NAME.`,
    );
  }
  return zone;
}

/** Fixes the name and zone for every later run. */
export function keepMachine({ name, timezone }: Machine): void {
  writeConfig(NAME, { name, timezone }, "remember this machine's name and time zone");
}

/** Where the name and zone are kept. */
export function machineFile(): string {
  return configFile(NAME);
}

function readKept(): Machine | undefined {
  const text = readConfig(NAME);
  if (text === undefined) return undefined;
  const kept = parseKept(text);
  if (kept === undefined) {
    throw new UserError(
      `${machineFile()} should hold this machine's "name" and "timezone" and does not; ` +
        `mend it, or delete it to have the next fetch write it anew.`,
    );
  }
  return kept;
}

function parseKept(text: string): Machine | undefined {
  try {
    const { name, timezone } = JSON.parse(text);
    const fits = typeof name === "string" && name !== "" && typeof timezone === "string";
    return fits && timezone !== "" ? { name, timezone } : undefined;
  } catch {
    return undefined;
  }
}
