import { join } from "node:path";

import { defineCommand } from "citty";

import { UsageError } from "../errors.ts";
import { databasePath, existingDatabase, sqlFolder } from "../config/paths.ts";
import { wholeNumber } from "./flags/check.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "db", description: "Open the books in Datasette" },
  args: {
    db: dbFlag,
    port: { type: "string", valueHint: "N", description: "Where it listens (8001)" },
    host: {
      type: "string",
      valueHint: "NAME",
      description: "Who may ask (127.0.0.1: this machine alone)",
    },
    open: {
      type: "boolean",
      description: "Open the browser (--no-open: not)",
    },
    path: { type: "boolean", description: "Print where the books are and stop" },
    flags: {
      type: "positional",
      required: false,
      handedOn: true,
      description: "Behind --: what else to tell Datasette",
    },
  },
  async run({ args, rawArgs }) {
    if (args.path) {
      process.stdout.write(`${databasePath(args.db)}\n`);
      return;
    }
    const port = args.port === undefined ? undefined : wholeNumber(args.port, "port", 0);
    if (port !== undefined && port > 65_535) {
      throw new UsageError(`--port takes a number up to 65535, not "${args.port}".`);
    }
    if (args.host !== undefined && !/^[\w.:[\]-]+$/.test(args.host)) {
      throw new UsageError(`--host takes a name or an address, not "${args.host}".`);
    }
    const path = existingDatabase(args.db);
    const { readBooks } = await import("../ledger/open.ts");
    // Only for what it does first: Datasette is shown the tables and views of this ccbooks.
    await readBooks(path, () => undefined);
    const { openInDatasette } = await import("../system/datasette.ts");
    process.exitCode = await openInDatasette(path, join(sqlFolder, "datasette.yml"), [
      ...(port === undefined ? [] : ["--port", `${port}`]),
      ...(args.host === undefined ? [] : ["--host", args.host]),
      ...(args.open === false ? [] : ["--open"]),
      ...handedOn(rawArgs),
    ]);
  },
});

/** What stands behind `--`. */
function handedOn(typed: readonly string[]): string[] {
  const end = typed.indexOf("--");
  return end === -1 ? [] : typed.slice(end + 1);
}
