import { defineCommand } from "citty";

import { fetchUsage } from "../fetch/fetch.ts";
import { secondsFlag } from "./flags/check.ts";
import { ccusageFlag, dbFlag, jsonFlag, quietFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: {
    name: "fetch",
    description: "Ask ccusage what was used and write it into the books",
  },
  args: {
    db: dbFlag,
    machine: {
      type: "string",
      valueHint: "NAME",
      description: "This machine's name (CCBOOKS_MACHINE, else kept)",
    },
    timezone: {
      type: "string",
      valueHint: "ZONE",
      description: "Where a day begins (fixed at the first fetch)",
    },
    offline: {
      type: "boolean",
      description: "Use the prices built into ccusage instead of today's",
    },
    ccusage: ccusageFlag,
    full: {
      type: "boolean",
      description: "Read every transcript, changed or not",
    },
    json: jsonFlag,
    quiet: quietFlag,
    timeout: {
      type: "string",
      valueHint: "SECONDS",
      default: "600",
      description: "How long ccusage may take",
    },
  },
  async run({ args }) {
    const offline = args.offline === true;
    const isSilent = args.json === true || args.quiet === true;
    const fetching = fetchUsage({
      db: args.db,
      machine: args.machine,
      timezone: args.timezone,
      ccusage: args.ccusage,
      offline,
      full: args.full === true,
      timeout: secondsFlag(args.timeout, "timeout"),
    });
    const spinner = isSilent || !process.stderr.isTTY ? undefined : startSpinner(offline);
    const result = await fetching.finally(async () => (await spinner)?.stop());

    const { fetchJson, fetchWarnings } = await import("../terminal/fetch-result.ts");
    const warnings = fetchWarnings(result);
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson(fetchJson(result, warnings));
    } else if (!args.quiet) {
      const { fetchSummary } = await import("../terminal/fetch-summary.ts");
      process.stderr.write(`${fetchSummary(result)}\n`);
    }

    const urgent = args.quiet ? warnings.filter(({ isUrgent }) => isUrgent) : warnings;
    if (urgent.length === 0) return;
    const { sayWarning } = await import("../terminal/say.ts");
    for (const { text } of urgent) sayWarning(text);
  },
});

async function startSpinner(offline: boolean): Promise<{ stop(): unknown }> {
  const { default: yoctoSpinner } = await import("yocto-spinner");
  const text = offline
    ? "ccusage is reading the transcripts"
    : "ccusage reads transcripts and prices (10 s without network; see --offline)";
  return yoctoSpinner({ text, stream: process.stderr }).start();
}
