import { defineCommand } from "citty";

import { machineTimezone, readKept } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { findMachine } from "../ledger/machines.ts";
import { readBooks } from "../ledger/open.ts";
import { readRuns, readRunsOf } from "../readers/runs.ts";
import { gapsIn } from "../schedule/gaps.ts";
import { keptJobIfWhole } from "../schedule/kept.ts";
import { wholeNumber } from "./flags/check.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "runs", description: "List the last fetches, merges and recounts" },
  args: {
    failed: { type: "boolean", description: "Only those that failed" },
    limit: { type: "string", valueHint: "N", description: "How many at most; 20" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const limit = wholeNumber(args.limit ?? "20", "limit", 1);
    const failed = args.failed === true;
    const timezone = machineTimezone();
    const kept = keptJobIfWhole("fetch");
    const path = existingDatabase(args.db);
    // It may be of other books.
    const job = kept?.environment["CCBOOKS_DB"] === path ? kept : undefined;
    const { runs, here } = await readBooks(path, (books) => {
      const uid = readKept()?.uid;
      const machine = uid === undefined ? undefined : findMachine(books, { uid });
      const isAsked = job !== undefined && machine !== undefined && !failed;
      return {
        runs: readRuns(books, { failed, limit }),
        here: isAsked ? readRunsOf(books, { command: "fetch", machine: machine.label }, limit) : [],
      };
    });
    const gaps = job === undefined ? [] : gapsIn(here, job, new Date().toISOString());
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ runs, gaps });
      return;
    }
    const { runsWords } = await import("../terminal/runs-words.ts");
    const { gapWords } = await import("../terminal/schedule-words.ts");
    const missed = job === undefined ? [] : gapWords(gaps, job, timezone);
    const parts = [runsWords(runs, timezone, failed), missed.join("\n")];
    process.stdout.write(`${parts.filter((part) => part !== "").join("\n\n")}\n`);
  },
});
