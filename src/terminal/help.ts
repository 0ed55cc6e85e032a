import { stripVTControlCharacters } from "node:util";

import { renderUsage, type SubCommandsDef } from "citty";

type Command = Awaited<Exclude<SubCommandsDef[string], () => unknown>>;

/** Prints what a command takes, coloured on a terminal only. */
export async function printHelp(command: Command, parent?: Command): Promise<void> {
  const usage = await renderUsage(command, parent);
  const isColoured = process.stdout.isTTY && !process.env["NO_COLOR"];
  const lines = (isColoured ? usage : stripVTControlCharacters(usage)).trimEnd().split("\n");
  process.stdout.write(`${lines.map((line) => line.trimEnd()).join("\n")}\n`);
}
