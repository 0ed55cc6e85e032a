import { defineCommand } from "citty";

import { UserError } from "../errors.ts";
import { readBooks } from "../ledger/open.ts";
import { existingDatabase } from "../config/paths.ts";
import { readReadings, type SubjectReading } from "../readers/readings.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: {
    name: "readings",
    description: "The evidence for a day or session, and which of it is shown",
  },
  args: {
    subject: {
      type: "positional",
      required: true,
      description: "A day (YYYY-MM-DD) or a session id",
    },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const path = existingDatabase(args.db);
    const readings = await readBooks(path, (books) =>
      someReadings(readReadings(books, args.subject), args.subject),
    );
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson(readings);
      return;
    }
    const { readingsWords } = await import("../terminal/readings-words.ts");
    process.stdout.write(`${readingsWords(readings)}\n`);
  },
});

/** @throws UserError when there is no reading of the subject. */
export function someReadings(readings: SubjectReading[], subject: string): SubjectReading[] {
  if (readings.length > 0) return readings;
  throw new UserError(
    `The books hold no reading of "${subject}"; give a day as YYYY-MM-DD or a whole session id, as daily_usage and session_usage have them.`,
  );
}
