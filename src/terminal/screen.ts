/** Draws in place, again and again, so that nothing flickers. */

const HOME = "\u001B[H";
const CLEAR_LINE = "\u001B[K";
const CLEAR_REST = "\u001B[J";

/** How many rows there are above the last lines: a screen that scrolls cannot be drawn over. */
export function rowsForText(): number {
  // Some terminals do not tell their size.
  return Math.max(1, (process.stdout.rows || Infinity) - 5);
}

/** @param foot what stands below the words */
export function drawScreen(words: string, foot: string): void {
  const text = `${words}\n\n${foot}\n`.replaceAll("\n", `${CLEAR_LINE}\n`);
  process.stdout.write(`${HOME}${text}${CLEAR_REST}`);
}
