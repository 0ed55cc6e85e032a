import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { dayAt, isDate } from "../dates.ts";
import { UserError } from "../errors.ts";
import { readBooks, type Books } from "../ledger/open.ts";
import { sessionsLike, whyDay, whySession, type WhyDay, type WhySession } from "../readers/why.ts";
import { dayIn } from "./flags/check.ts";
import { notInBooks, sessionNamed, short } from "./flags/session.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "why", description: "What a day's or a session's figure is made of" },
  args: {
    "day-or-session": {
      type: "positional",
      required: true,
      description: "YYYY-MM-DD, or a session's first 8 characters",
    },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const { date: today } = dayAt(Date.now(), machineTimezone());
    const subject = dayIn(args["day-or-session"], today) ?? args["day-or-session"];
    const why = await readBooks(existingDatabase(args.db), (books) => answer(books, subject));
    if (args.json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson(why);
      return;
    }
    const { whyWords } = await import("../terminal/why-words.ts");
    process.stdout.write(`${whyWords(why, machineTimezone())}\n`);
  },
});

/** @throws UserError when the books know no such day or session, or several sessions. */
function answer(books: Books, subject: string): WhyDay | WhySession {
  if (isDate(subject)) {
    const why = whyDay(books, subject);
    if (why !== undefined) return why;
    throw notInBooks(books, `The books hold no usage of ${subject}`, "daily");
  }
  if (/^\d+[-./]\d+[-./]\d+$/.test(subject) && sessionsLike(books, subject).length === 0) {
    throw new UserError(`"${short(subject)}" is no day; give one as YYYY-MM-DD.`);
  }
  return whySession(books, sessionNamed(books, subject));
}
