import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { dayAt } from "../dates.ts";
import { existingDatabase } from "../config/paths.ts";
import { recountBooks } from "../fetch/recount.ts";
import { dateFlag, secondsFlag } from "./flags/check.ts";
import { ccusageFlag, dbFlag, jsonFlag, offlineFlag, timeoutFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "recount", description: "Count everything again, and list what changed" },
  args: {
    since: { type: "string", valueHint: "DATE", description: "From this day on, YYYY-MM-DD" },
    reprice: {
      type: "boolean",
      description: "Let costs move that are known for the same tokens",
    },
    timezone: {
      type: "string",
      valueHint: "ZONE",
      description: "Count this machine's days in another zone from now on",
    },
    db: dbFlag,
    ccusage: ccusageFlag,
    offline: offlineFlag,
    timeout: timeoutFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const recounted = await recountBooks(existingDatabase(args.db), {
      since:
        args.since === undefined
          ? undefined
          : dateFlag(args.since, "since", dayAt(Date.now(), machineTimezone()).date),
      reprice: args.reprice === true,
      timezone: args.timezone,
      ccusage: args.ccusage,
      offline: args.offline === true,
      timeout: secondsFlag(args.timeout, "timeout"),
    });
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: "ok", ...recounted });
      return;
    }
    const { recountWords } = await import("../terminal/recount-words.ts");
    process.stdout.write(`${recountWords(recounted)}\n`);
  },
});
