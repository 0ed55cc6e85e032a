import type { Progress } from "../fetch/scan.ts";
import { count, fileSize } from "../format/figures.ts";

/** How many characters the bar has. */
const WIDTH = 20;

/** A bar, the bytes read, and the calls found. */
export function progressWords({ bytes, bytesInAll, calls }: Progress): string {
  const share = bytesInAll === 0 ? 1 : Math.min(1, bytes / bytesInAll);
  const full = Math.round(share * WIDTH);
  const bar = "█".repeat(full) + "░".repeat(WIDTH - full);
  return `${bar} ${fileSize(bytes)} of ${fileSize(bytesInAll)}, ${count(calls)} calls`;
}
