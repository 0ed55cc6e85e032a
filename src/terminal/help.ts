import { stripVTControlCharacters } from "node:util";

import { renderUsage, type SubCommandsDef } from "citty";

import { isColoured } from "./format.ts";

type Command = Awaited<Exclude<SubCommandsDef[string], () => unknown>>;

/** Prints what a command takes, coloured on a terminal only. */
export async function printHelp(command: Command, parent?: Command): Promise<void> {
  const usage = await renderUsage(command, parent);
  const lines = (isColoured(process.stdout) ? usage : stripVTControlCharacters(usage))
    .trimEnd()
    .split("\n");
  process.stdout.write(`${lines.map((line) => line.trimEnd()).join("\n")}\n`);
}
