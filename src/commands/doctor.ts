import { defineCommand } from "citty";

import { examine } from "../doctor/examine.ts";
import { ccusageFlag, dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "doctor", description: "Is everything in order, and may anything get lost?" },
  args: { db: dbFlag, ccusage: ccusageFlag, json: jsonFlag },
  async run({ args }) {
    const checks = await examine({ db: args.db, ccusage: args.ccusage });
    const hasFailed = checks.some(({ status }) => status === "fail");
    if (hasFailed) process.exitCode = 1;
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: hasFailed ? "failed" : "ok", checks });
      return;
    }
    const { doctorWords } = await import("../terminal/doctor-words.ts");
    process.stdout.write(`${doctorWords(checks)}\n`);
  },
});
