import { createConsola } from "consola";

import { isColoured } from "../format/figures.ts";
import { printable } from "../format/printable.ts";

/** Words go to standard error, so that standard output holds nothing but data. */
const words = createConsola({
  // Fixed, since consola else falls silent where it finds a test or CI in the environment.
  level: 3,
  // It would look at standard output to decide.
  fancy: isColoured(process.stderr),
  stdout: process.stderr,
  stderr: process.stderr,
  formatOptions: { date: false },
});

export function sayError(text: string): void {
  words.error({ message: printable(text), badge: false });
}

export function sayWarning(text: string): void {
  words.warn({ message: printable(text), badge: false });
}

/** A line without any mark in front. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
