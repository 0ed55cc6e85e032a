/** Prints one JSON object on standard output. */
export function printJson(data: unknown): void {
  process.stdout.write(jsonLine(data));
}

/**
 * One JSON object as a line. Control characters that JSON lets through (a terminal
 * reads U+009B as the start of an escape sequence) are escaped: the same data, harmless to look at.
 */
export function jsonLine(data: unknown): string {
  const text = JSON.stringify(data).replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${text}\n`;
}
