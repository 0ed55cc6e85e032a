import { defineCommand } from "citty";

import { withBooks } from "../ledger/open.ts";
import { rebuild } from "../ledger/rebuild.ts";
import { existingDatabase } from "../config/paths.ts";
import { counted } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { say } from "../terminal/say.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "rebuild", description: "Compute the tables anew from the readings" },
  args: { db: dbFlag, json: jsonFlag },
  async run({ args }) {
    const differences = await withBooks(existingDatabase(args.db), rebuild);
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ status: "ok", differences });
    } else if (differences.length === 0) {
      say("No difference: the tables are what the readings say.");
    } else {
      say(`${counted(differences.length, "row")} differed and were put right:`);
      for (const difference of differences) say(`  ${printable(difference)}`);
    }
  },
});
