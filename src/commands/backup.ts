import { resolve } from "node:path";

import { defineCommand } from "citty";

import { backUp } from "../ledger/backup.ts";
import { existingDatabase, expandHome } from "../config/paths.ts";
import { fileSize } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { say } from "../terminal/say.ts";
import { dbFlag, jsonFlag, quietFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "backup", description: "Write the books into a new file, whole and compact" },
  args: {
    file: {
      type: "positional",
      required: true,
      description: "The file to write; it must not exist yet",
    },
    db: dbFlag,
    json: jsonFlag,
    quiet: quietFlag,
  },
  async run({ args }) {
    const path = resolve(expandHome(args.file));
    const size = await backUp(existingDatabase(args.db), path);
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: "ok", path, bytes: size });
    } else if (!args.quiet) {
      say(`The books are backed up in ${printable(path)} (${fileSize(size)}).`);
    }
  },
});
