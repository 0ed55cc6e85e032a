import { defineCommand } from "citty";

import { addDays, localDay } from "../dates.ts";
import { UsageError } from "../errors.ts";
import { dateFlag, wholeNumber } from "../flags.ts";
import { readBooks } from "../ledger/open.ts";
import { machineTimezone } from "../machine.ts";
import { existingDatabase } from "../paths.ts";
import { readStats, type Range } from "../readers/stats.ts";
import { dbFlag, jsonFlag } from "./shared-flags.ts";

export default defineCommand({
  meta: {
    name: "stats",
    description: "What was spent, whether it is rising, and on what",
  },
  args: {
    db: dbFlag,
    days: { type: "string", valueHint: "N", description: "Only the last N days, today included" },
    since: { type: "string", valueHint: "DATE", description: "From this day on, YYYY-MM-DD" },
    until: { type: "string", valueHint: "DATE", description: "Up to this day, YYYY-MM-DD" },
    json: jsonFlag,
  },
  async run({ args }) {
    const today = localDay(machineTimezone())(new Date());
    const range = rangeOf(args, today);
    const path = existingDatabase(args.db);
    const stats = await readBooks(path, (books) => readStats(books, range, today));
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson(stats);
      return;
    }
    const { statsWords } = await import("../terminal/stats-words.ts");
    process.stdout.write(`${statsWords(stats)}\n`);
  },
});

function rangeOf(
  flags: { days?: string | undefined; since?: string | undefined; until?: string | undefined },
  today: string,
): Range {
  if (flags.days !== undefined && flags.since !== undefined) {
    throw new UsageError("--days and --since both say where to begin; give one of them.");
  }
  const until = flags.until === undefined ? null : dateFlag(flags.until, "until");
  if (flags.days !== undefined) {
    // The calendar does not go back further than its year 0.
    const days = Math.min(wholeNumber(flags.days, "days", 1), 700_000);
    return { since: addDays(until ?? today, 1 - days), until };
  }
  const since = flags.since === undefined ? null : dateFlag(flags.since, "since");
  if (since !== null && until !== null && since > until)
    throw new UsageError(`--since ${since} is after --until ${until}; swap them.`);
  return { since, until };
}
