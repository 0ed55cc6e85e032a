import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { defineCommand } from "citty";

import { UserError } from "../errors.ts";
import { merge, readCopy, type Merged } from "../ledger/merge.ts";
import { withBooks, withCopy } from "../ledger/open.ts";
import { databasePath, expandHome } from "../paths.ts";
import { count, counted } from "../terminal/format.ts";
import { say } from "../terminal/say.ts";
import { dbFlag, jsonFlag } from "./flags.ts";

export default defineCommand({
  meta: { name: "merge", description: "Take other books in: another machine's, a copy, a backup" },
  args: {
    files: {
      type: "positional",
      required: true,
      description: "Other ccbooks files, one or more",
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
    const merged: (Merged & { file: string })[] = [];
    for (const file of files) {
      const copy = await withCopy(file, readCopy);
      const result = await withBooks(databasePath(args.db), (books) => merge(books, copy));
      merged.push({ file, ...result });
    }
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: "ok", merged });
      return;
    }
    for (const { file, days, sessions, runs } of merged) {
      say(
        days + sessions === 0
          ? `${file} held nothing new.`
          : `${file}: ${counted(days, "day")}, ${counted(sessions, "session")} and ${count(runs)} of its runs taken in.`,
      );
    }
  },
});
