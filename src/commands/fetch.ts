import { defineCommand } from "citty";

import { fetchUsage } from "../fetch/fetch.ts";
import type { Progress } from "../fetch/scan.ts";
import { secondsFlag } from "./flags/check.ts";
import {
  ccusageFlag,
  dbFlag,
  jsonFlag,
  offlineFlag,
  quietFlag,
  timeoutFlag,
} from "./flags/shared.ts";

export default defineCommand({
  meta: {
    name: "fetch",
    description: "Keep every new call, and have ccusage count and price it",
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
    offline: offlineFlag,
    ccusage: ccusageFlag,
    full: {
      type: "boolean",
      description: "Read every transcript from its start",
    },
    titles: {
      type: "boolean",
      description: "Keep the titles of sessions (--no-titles: not)",
    },
    check: {
      type: "boolean",
      description: "Look at the budgets (--no-check: not)",
    },
    json: jsonFlag,
    quiet: quietFlag,
    timeout: timeoutFlag,
  },
  async run({ args }) {
    const offline = args.offline === true;
    const isSilent = args.json === true || args.quiet === true;
    const progress = isSilent || !process.stderr.isTTY ? undefined : await startProgress(offline);
    const result = await fetchUsage({
      db: args.db,
      machine: args.machine,
      timezone: args.timezone,
      ccusage: args.ccusage,
      offline,
      full: args.full === true,
      titles: args.titles,
      check: args.check !== false,
      timeout: secondsFlag(args.timeout, "timeout"),
      ...(progress && { onProgress: progress.show }),
    }).finally(() => progress?.stop());

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
    if (urgent.length > 0) {
      const { sayWarning } = await import("../terminal/say.ts");
      for (const { text } of urgent) sayWarning(text);
    }
    // After all is kept and said: a receiver may be slow.
    if (result.hasAlerts) {
      const { sendAlerts } = await import("./alert.ts");
      await sendAlerts(args.db);
    }
  },
});

/** Says how far the scan is, and that ccusage is at work after it. */
async function startProgress(
  offline: boolean,
): Promise<{ show(progress: Progress): void; stop(): void }> {
  const [{ default: yoctoSpinner }, { progressWords }] = await Promise.all([
    import("yocto-spinner"),
    import("../terminal/progress.ts"),
  ]);
  const prices = offline ? "" : " (it downloads prices; see --offline)";
  const spinner = yoctoSpinner({ text: "Looking for transcripts", stream: process.stderr }).start();
  let shownAt = 0;
  return {
    show(progress) {
      const isDone = progress.bytes >= progress.bytesInAll;
      // Each text is drawn at once: that of each of thousands of transcripts would take longer than they do.
      if (!isDone && performance.now() - shownAt < 100) return;
      shownAt = performance.now();
      spinner.text = isDone ? `ccusage counts${prices}` : progressWords(progress);
    },
    stop: () => void spinner.stop(),
  };
}
