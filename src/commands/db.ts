import { join } from "node:path";

import { defineCommand } from "citty";
import { execa } from "execa";

import { UserError } from "../errors.ts";
import { databasePath, existingDatabase, sqlFolder } from "../paths.ts";
import { dbFlag } from "./shared-flags.ts";

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
    await openInDatasette(existingDatabase(args.db));
  },
});

/** Runs the first Datasette there is until the user stops it. */
async function openInDatasette(path: string): Promise<void> {
  const settings = [path, "--metadata", join(sqlFolder, "datasette.yml"), "--open"];
  for (const [program, ...leading] of [["datasette"], ["uvx", "datasette"]] as const) {
    const result = await execa(program, [...leading, ...settings], {
      stdio: "inherit",
      reject: false,
    });
    if (result.code === "ENOENT") continue;
    // Ctrl-C is how one leaves Datasette.
    process.exitCode = result.signal === "SIGINT" ? 0 : (result.exitCode ?? 1);
    return;
  }
  throw new UserError(
    "Datasette is not installed; get it with `uv tool install datasette` or `pipx install datasette`, " +
      `or open ${path} in any other SQLite tool.`,
  );
}
