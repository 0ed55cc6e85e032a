/** About how much is written at once, in characters. */
const CHUNK = 65_536;

/** The same text in fewer and larger pieces, which end where lines do. */
export function* inChunks(lines: Iterable<string>): Iterable<string> {
  let chunk = "";
  for (const line of lines) {
    chunk += line;
    if (chunk.length >= CHUNK) {
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}
