/** What a call's usage says that no column is for: `details`, kept as JSON. */

/** Parts of a usage that have columns of their own, or are no part of any count. */
const KNOWN = new Set([
  "input_tokens",
  "output_tokens",
  "output_tokens_details",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "cache_creation",
  "server_tool_use",
  "service_tier",
  "speed",
  "iterations",
]);

/** What says nothing: most lines have such values. */
const EMPTY = new Set<unknown>([null, "", 0, false, "global", "not_available"]);

/** More than any usage says; a hostile line is no reason to fill the books. */
export const MOST_DETAILS = 2000;

/** The parts of a usage that are details. */
export function detailsIn(usage: object): [string, unknown][] {
  return Object.entries(usage).filter(([key, value]) => !KNOWN.has(key) && !EMPTY.has(value));
}

/**
 * Whether a text is what a scan makes of details, to the letter: it becomes a part of a line that is handed
 * to ccusage, where another spelling could be a line of its own, or say the tokens once more.
 */
export function isDetails(text: string): boolean {
  if (!text.startsWith("{") || text.length > MOST_DETAILS) return false;
  try {
    const usage: object = JSON.parse(text);
    const details = detailsIn(usage);
    return details.length > 0 && JSON.stringify(Object.fromEntries(details)) === text;
  } catch {
    return false;
  }
}
