import { jsonLine } from "../format/json.ts";

/** Prints one JSON object on standard output. */
export function printJson(data: unknown): void {
  process.stdout.write(jsonLine(data));
}
