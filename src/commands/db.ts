import { join } from "node:path";

import { defineCommand } from "citty";

import { databasePath, existingDatabase, sqlFolder } from "../config/paths.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "db", description: "Open the books in Datasette" },
  args: {
    db: dbFlag,
    path: { type: "boolean", description: "Print where the books are and stop" },
  },
  async run({ args }) {
    if (args.path) {
      process.stdout.write(`${databasePath(args.db)}\n`);
      return;
    }
    const path = existingDatabase(args.db);
    const { readBooks } = await import("../ledger/open.ts");
    // Only for what it does first: Datasette is shown the tables and views of this ccbooks.
    await readBooks(path, () => undefined);
    const { openInDatasette } = await import("../system/datasette.ts");
    process.exitCode = await openInDatasette(path, join(sqlFolder, "datasette.yml"));
  },
});
