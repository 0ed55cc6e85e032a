import { defineCommand } from "citty";

import { auditTranscripts } from "../fetch/audit.ts";
import { secondsFlag } from "./flags/check.ts";
import { ccusageFlag, dbFlag, jsonFlag, timeoutFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: {
    name: "audit",
    description: "Have ccusage count the transcripts themselves, and compare",
  },
  args: { db: dbFlag, ccusage: ccusageFlag, timeout: timeoutFlag, json: jsonFlag },
  async run({ args }) {
    const audited = await auditTranscripts(args.db, {
      ccusage: args.ccusage,
      offline: true,
      timeout: secondsFlag(args.timeout, "timeout"),
    });
    if (audited.differences.length > 0) process.exitCode = 1;
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: audited.differences.length === 0 ? "ok" : "differs", ...audited });
      return;
    }
    const { auditWords } = await import("../terminal/audit-words.ts");
    process.stdout.write(`${auditWords(audited)}\n`);
  },
});
