import { defineCommand } from "citty";

import { UsageError, UserError } from "../errors.ts";
import { wholeNumber } from "./flags/check.ts";
import { choose } from "../ledger/choose.ts";
import { withBooks } from "../ledger/open.ts";
import { existingDatabase } from "../config/paths.ts";
import { readReadings, type SubjectReading } from "../readers/readings.ts";
import { say } from "../terminal/say.ts";
import { dbFlag } from "./flags/shared.ts";
import { someReadings } from "./readings.ts";

export default defineCommand({
  meta: { name: "settle", description: "Choose which reading of a day or session is shown" },
  args: {
    subject: {
      type: "positional",
      required: true,
      description: "A day (YYYY-MM-DD) or a session id",
    },
    reading: {
      type: "string",
      valueHint: "N",
      description: "Pin this one, by its number in `ccbooks readings`",
    },
    auto: { type: "boolean", description: "Unpin: let ccbooks decide again" },
    db: dbFlag,
  },
  async run({ args }) {
    if ((args.reading === undefined) === (args.auto !== true)) {
      throw new UsageError("Give either --reading N to pin a reading or --auto to unpin.");
    }
    const number = args.reading === undefined ? undefined : wholeNumber(args.reading, "reading", 1);
    await withBooks(existingDatabase(args.db), (books) => {
      const readings = someReadings(readReadings(books, args.subject), args.subject);
      const chosen = number === undefined ? readings : [numbered(readings, number, args.subject)];
      const at = new Date().toISOString();
      for (const reading of chosen) {
        const { projectPath, ...subject } = reading;
        const method = number === undefined ? null : reading.method;
        choose(books, { ...subject, project_path: projectPath }, method, at);
      }
    });
    say(
      number === undefined
        ? `${args.subject} is settled by ccbooks again.`
        : `${args.subject} shows reading ${number} until \`ccbooks settle ${args.subject} --auto\`.`,
    );
  },
});

function numbered(readings: SubjectReading[], number: number, subject: string): SubjectReading {
  const reading = readings.find((each) => each.number === number);
  if (reading !== undefined) return reading;
  throw new UserError(
    `${subject} has no reading ${number}; \`ccbooks readings ${subject}\` lists the ${readings.length} there are.`,
  );
}
