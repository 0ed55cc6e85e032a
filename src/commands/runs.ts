import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { readBooks } from "../ledger/open.ts";
import { readRuns } from "../readers/runs.ts";
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
    const runs = await readBooks(existingDatabase(args.db), (books) =>
      readRuns(books, { failed, limit }),
    );
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ runs });
      return;
    }
    const { runsWords } = await import("../terminal/runs-words.ts");
    process.stdout.write(`${runsWords(runs, machineTimezone(), failed)}\n`);
  },
});
