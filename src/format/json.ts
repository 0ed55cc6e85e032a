/** One JSON object as a line, harmless to look at. */
export function jsonLine(data: unknown): string {
  return `${escapeInvisible(JSON.stringify(data))}\n`;
}

/**
 * The same JSON without the characters that it lets through and a terminal obeys (U+009B starts an escape
 * sequence) or nobody sees.
 */
export function escapeInvisible(json: string): string {
  return json.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
