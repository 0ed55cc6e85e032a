import { stripVTControlCharacters } from "node:util";

/**
 * Text from a log, a path or another program as one harmless line: no escape sequence, no control
 * character, no mark that turns the direction of writing reaches the terminal.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}
