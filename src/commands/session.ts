import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { readBooks } from "../ledger/open.ts";
import { readSession } from "../readers/session.ts";
import { sessionNamed } from "./flags/session.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "session", description: "What one session did, and what that cost" },
  args: {
    session: {
      type: "positional",
      required: true,
      description: "Its id; the first 8 characters do",
    },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const session = await readBooks(existingDatabase(args.db), (books) =>
      readSession(books, sessionNamed(books, args.session)),
    );
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson(session);
      return;
    }
    const { sessionWords } = await import("../terminal/session-words.ts");
    process.stdout.write(`${sessionWords(session, machineTimezone())}\n`);
  },
});
