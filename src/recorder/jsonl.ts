import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { errorCode, UserError } from "../errors.ts";
import type { RecordedCall } from "../recorded.ts";
import { usageLogText } from "../sources/recorder/usage-log.ts";
import { makeFolder } from "../system/folders.ts";

/**
 * Appends calls to the day's file: `api-calls-YYYY-MM-DD.jsonl`, a line a call, days of UTC.
 * @throws UserError when it cannot be written.
 */
export function appendCalls(folder: string, calls: readonly RecordedCall[]): void {
  const byDay = Map.groupBy(calls, ({ at }) => new Date(at).toISOString().slice(0, 10));
  try {
    makeFolder(folder);
    for (const [day, some] of byDay) {
      const lines = some.map((call) => `${usageLogText(call)}\n`).join("");
      appendFileSync(join(folder, `api-calls-${day}.jsonl`), lines, { mode: 0o600 });
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(
      `${folder} cannot be written (${errorCode(error)}); name another folder with --jsonl.`,
      { cause: error },
    );
  }
}
