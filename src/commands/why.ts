import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { isDate } from "../dates.ts";
import { UserError } from "../errors.ts";
import { counted } from "../format/figures.ts";
import { readBooks, type Books } from "../ledger/open.ts";
import { readTotals } from "../readers/totals.ts";
import { sessionsLike, whyDay, whySession, type WhyDay, type WhySession } from "../readers/why.ts";
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
    const subject = args["day-or-session"];
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

/** The least of a session's id that is taken for its beginning. */
const SHORTEST_PREFIX = 8;

/** How many sessions, and how much of what was typed, a sentence has room for. */
const NAMED = 3;
const LONGEST_NAME = 60;

/** @throws UserError when the books know no such day or session, or several sessions. */
function answer(books: Books, subject: string): WhyDay | WhySession {
  if (isDate(subject)) {
    const why = whyDay(books, subject);
    if (why !== undefined) return why;
    throw unknown(books, `The books hold no usage of ${subject}`, "daily");
  }
  const found = sessionsLike(books, subject);
  const [only = "", ...others] = found;
  const isExact = only === subject;
  if (found.length === 0) throw notFound(books, subject);
  if (!isExact && subject.length < SHORTEST_PREFIX) {
    throw new UserError(
      `"${subject}" is too short for the beginning of a session's id; give at least ${SHORTEST_PREFIX} characters of it.`,
    );
  }
  if (others.length === 0) return whySession(books, only);
  const named = found.slice(0, NAMED).map(short).join(", ");
  const more = found.length > NAMED ? ", …" : "";
  throw new UserError(
    `${counted(found.length, "session")} begin with "${short(subject)}": ${named}${more}; give more of the id.`,
  );
}

function notFound(books: Books, subject: string): UserError {
  if (/^\d+[-./]\d+[-./]\d+$/.test(subject)) {
    return new UserError(`"${short(subject)}" is no day; give one as YYYY-MM-DD.`);
  }
  return unknown(books, `The books know no session "${short(subject)}"`, "sessions");
}

function unknown(books: Books, sentence: string, table: "daily" | "sessions"): UserError {
  if (readTotals(books).firstDate === null) {
    return new UserError("The books are empty so far; use Claude Code, then run `ccbooks fetch`.");
  }
  return new UserError(`${sentence}; \`ccbooks stats ${table}\` lists what they hold.`);
}

function short(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
}
