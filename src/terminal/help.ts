import { stripVTControlCharacters } from "node:util";

import { renderUsage, type SubCommandsDef } from "citty";

import { isColoured } from "../format/figures.ts";

type Command = Awaited<Exclude<SubCommandsDef[string], () => unknown>>;

/** Prints what a command takes, coloured on a terminal only. */
export async function printHelp(command: Command, parent?: Command): Promise<void> {
  const rendered = await renderUsage(command, parent);
  // Its first line would name all commands again, and be too long.
  const names = Object.keys((await command.subCommands) ?? {});
  const usage = names.length > 0 ? rendered.replace(names.join("|"), "COMMAND") : rendered;
  const lines = (isColoured(process.stdout) ? usage : stripVTControlCharacters(usage))
    .trimEnd()
    .split("\n");
  process.stdout.write(`${lines.map((line) => line.trimEnd()).join("\n")}\n`);
}
