import { stripVTControlCharacters } from "node:util";

import { renderUsage, type SubCommandsDef } from "citty";

import { isColoured, styled } from "../format/figures.ts";

type Command = Awaited<Exclude<SubCommandsDef[string], () => unknown>>;

/**
 * Prints what a command takes, coloured on a terminal only.
 * @param more paragraphs below it
 */
export async function printHelp(
  command: Command,
  { parent, more = [] }: { parent?: Command; more?: readonly string[] } = {},
): Promise<void> {
  const rendered = await renderUsage(command, parent);
  // Its first line would name all commands again, and be too long.
  const names = Object.keys((await command.subCommands) ?? {});
  const usage = names.length > 0 ? rendered.replace(names.join("|"), "COMMAND") : rendered;
  const lines = (isColoured(process.stdout) ? usage : stripVTControlCharacters(usage))
    .trimEnd()
    .split("\n");
  const help = lines.map((line) => line.trimEnd()).join("\n");
  process.stdout.write(`${[help, ...more].join("\n\n")}\n`);
}

/** A paragraph of the help: a title and lines below it. */
export function helpSection(title: string, lines: readonly string[]): string {
  return [styled(["underline", "bold"], title), "", ...lines.map((line) => `  ${line}`)].join("\n");
}
