import { resolve } from "node:path";

import { defineCommand } from "citty";

import { databasePath, expandHome } from "../config/paths.ts";
import { count, counted } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { mergeIntoBooks, type Brought } from "../fetch/merge.ts";
import { say } from "../terminal/say.ts";
import { secondsFlag } from "./flags/check.ts";
import { ccusageFlag, dbFlag, jsonFlag, offlineFlag, timeoutFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: {
    name: "merge",
    description: "Take in other books, transcripts or saved ccusage reports",
  },
  args: {
    files: {
      type: "positional",
      variadic: true,
      required: true,
      description: "Books, Claude Code folders or saved reports, one or more",
    },
    machine: {
      type: "string",
      valueHint: "NAME",
      description: "Whose transcripts or reports they are (default: here)",
    },
    timezone: {
      type: "string",
      valueHint: "ZONE",
      description: "Where that machine's days begin (default: as here)",
    },
    db: dbFlag,
    ccusage: ccusageFlag,
    offline: offlineFlag,
    timeout: timeoutFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const { brought, totals } = await mergeIntoBooks(
      databasePath(args.db),
      args._.map((file) => resolve(expandHome(file))),
      {
        machine: args.machine,
        timezone: args.timezone,
        ccusage: args.ccusage,
        offline: args.offline === true,
        timeout: secondsFlag(args.timeout, "timeout"),
      },
    );
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: "ok", merged: brought, totals });
      return;
    }
    for (const one of brought) say(broughtWords(one));
  },
});

function broughtWords({ file, added, changed, saved, refused }: Brought): string {
  const what = [
    ...(added > 0 ? [counted(added, "new call")] : []),
    ...(changed > 0 ? [`more of ${counted(changed, "known call")}`] : []),
    ...(saved > 0
      ? [
          `${saved === 1 ? "1 day or session" : `${count(saved)} days or sessions`} of a saved report`,
        ]
      : []),
  ];
  const were = refused === 1 ? "was" : "were";
  const refusal =
    refused > 0
      ? ` ${counted(refused, "row")} that no scan could have brought ${were} left out.`
      : "";
  return `${printable(file)}: ${what.join(", ") || "nothing new"}.${refusal}`;
}
