import { stripVTControlCharacters } from "node:util";

/**
 * Text from a log, a path or another program as one harmless line: no escape sequence, no control
 * character, no mark that turns the direction of writing reaches the terminal.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}

/** Lines of such text, as standard output may show them: untouched unless it is a terminal. */
export function printableLines(text: string): string {
  return process.stdout.isTTY ? text.split(/\r?\n/).map(printable).join("\n") : text;
}
