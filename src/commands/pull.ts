import { defineCommand } from "citty";

import { databasePath } from "../config/paths.ts";
import { readSettings } from "../config/settings.ts";
import { UsageError } from "../errors.ts";
import {
  apiOf,
  baseUrlOf,
  credentialsIn,
  keyLabelsIn,
  reportsOf,
  utcDaysOf,
  widthOf,
} from "./flags/anthropic.ts";
import { closest } from "./flags/check.ts";
import { dbFlag, jsonFlag, quietFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "pull", description: "Take in the organisation's usage and bill from Anthropic" },
  args: {
    source: { type: "positional", required: true, description: "anthropic: its Admin API" },
    days: {
      type: "string",
      valueHint: "N",
      description: "The last N days of UTC; else it goes on",
    },
    since: { type: "string", valueHint: "DATE", description: "From this day of UTC on" },
    until: { type: "string", valueHint: "DATE", description: "Up to this day, included" },
    date: { type: "string", valueHint: "DATE", description: "One day" },
    type: {
      type: "string",
      valueHint: "TYPE",
      description: "usage, cost, claude-code or all (default)",
    },
    api: { type: "string", valueHint: "API", description: "legacy (default) or analytics" },
    bucket: { type: "string", valueHint: "WIDTH", description: "Of usage: 1d (default) or 1h" },
    raw: { type: "string", valueHint: "DIR", description: "Keep each answer there as it came" },
    "from-raw": {
      type: "string",
      valueHint: "DIR",
      description: "Rebuild from such answers alone",
    },
    "pricing-json": { type: "string", valueHint: "FILE", description: "Prices before all others" },
    "base-url": { type: "string", valueHint: "URL", description: "Another address of the API" },
    "allow-http": { type: "boolean", description: "Also http to another machine" },
    db: dbFlag,
    json: jsonFlag,
    quiet: quietFlag,
  },
  async run({ args }) {
    if (args.source !== "anthropic") {
      const near = closest(args.source, ["anthropic"]);
      throw new UsageError(
        `Nothing can be pulled from "${args.source}"; ${near ? "did you mean `ccbooks pull anthropic`?" : "there is anthropic."}`,
      );
    }
    const { pricesOfFile } = await import("../prices/file.ts");
    const file = args["pricing-json"];
    const prices = file === undefined ? null : pricesOfFile(file);
    const path = databasePath(args.db);
    const settings = await readSettings();
    const isSilent = args.json === true || args.quiet === true;
    const { say, sayWarning } = await import("../terminal/say.ts");
    const { printJson } = await import("../terminal/json.ts");
    const { pullJson, pullWords, rebuiltWords, unpricedWords, waitWords } =
      await import("../terminal/pull-words.ts");
    const { readBooks } = await import("../ledger/open.ts");
    const { readBillDays } = await import("../readers/bill.ts");

    if (args["from-raw"] !== undefined) {
      const { pullFromRaw } = await import("../pull/from-raw.ts");
      const rebuilt = await pullFromRaw(path, args["from-raw"], { prices, settings });
      if (args.json) printJson(rebuilt);
      else if (!args.quiet) say(rebuiltWords(rebuilt));
      for (const warning of unpricedWords(rebuilt.unpriced)) sayWarning(warning);
      return;
    }
    const today = new Date().toISOString().slice(0, 10);
    const reports = reportsOf(args.type);
    const days = utcDaysOf(args, today);
    const width = widthOf(args.bucket);
    const api = apiOf(args.api);
    const baseUrl = baseUrlOf(args["base-url"], args["allow-http"] === true);
    const labels = keyLabelsIn(process.env);
    const { AdminClient } = await import("../sources/anthropic/client.ts");
    const { version } = await import("../version.ts");
    const client = new AdminClient({
      ...{ baseUrl, credentials: credentialsIn(process.env), version: version() },
      ...(!isSilent && { onWait: (why, seconds) => say(waitWords(why, seconds)) }),
    });
    const { pullReports } = await import("../pull/pull.ts");
    const pulled = await pullReports(path, client, {
      ...{ reports, days, width, api, prices, labels, settings },
      raw: args.raw ?? null,
    });
    const summary = await readBooks(path, (books) => readBillDays(books, pulled));
    if (args.json) printJson(pullJson(pulled, summary));
    else if (!args.quiet) process.stdout.write(`${pullWords(pulled, summary)}\n`);
    for (const warning of unpricedWords(pulled.unpriced)) sayWarning(warning);
  },
});
