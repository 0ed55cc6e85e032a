import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { defineCommand } from "citty";

import { UserError } from "../errors.ts";
import { merge, readCopy, type Merged } from "../ledger/merge.ts";
import { withBooks, withCopy } from "../ledger/open.ts";
import { takeSavedReport } from "../ledger/saved.ts";
import { thisMachine } from "../config/machine.ts";
import { databasePath, expandHome } from "../config/paths.ts";
import { readSavedReport } from "../sources/ccusage/saved.ts";
import { count, counted } from "../format/figures.ts";
import { say } from "../terminal/say.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "merge", description: "Take in other books, or saved ccusage reports (*.json)" },
  args: {
    files: {
      type: "positional",
      required: true,
      description: "Other ccbooks files or reports, one or more",
    },
    machine: {
      type: "string",
      valueHint: "NAME",
      description: "Whose the saved reports are (default: this machine's)",
    },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const files = args._.map((file) => resolve(expandHome(file)));
    const missing = files.find((file) => !existsSync(file));
    if (missing !== undefined) {
      throw new UserError(`There is no file ${missing} to merge; check the path.`);
    }
    const folder = files.find((file) => statSync(file).isDirectory());
    if (folder !== undefined) {
      throw new UserError(`${folder} is a folder; name the files in it that are to be merged.`);
    }
    const merged: (Merged & { file: string })[] = [];
    for (const file of files) {
      const take = file.endsWith(".json") ? mergeReport : mergeBooks;
      merged.push({ file, ...(await take(databasePath(args.db), file, args.machine)) });
    }
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: "ok", merged });
      return;
    }
    for (const { file, days, sessions, runs } of merged)
      say(mergedWords(file, days, sessions, runs));
  },
});

async function mergeBooks(db: string, file: string): Promise<Merged> {
  const copy = await withCopy(file, readCopy);
  return withBooks(db, (books) => merge(books, copy));
}

async function mergeReport(db: string, file: string, name: string | undefined): Promise<Merged> {
  const machine = thisMachine({ machine: name, timezone: undefined });
  const report = readSavedReport(file, machine.timezone);
  const saved = {
    report,
    machine: machine.name,
    agent: "claude",
    timezone: machine.timezone,
    readAt: statSync(file).mtime.toISOString(),
  };
  return withBooks(db, (books) => takeSavedReport(books, saved));
}

function mergedWords(file: string, days: number, sessions: number, runs: number): string {
  if (days + sessions === 0) return `${file} held nothing new.`;
  const what = `${counted(days, "day")} and ${counted(sessions, "session")} taken in`;
  return `${file}: ${what}${runs > 0 ? `, with ${count(runs)} of its runs` : ""}.`;
}
