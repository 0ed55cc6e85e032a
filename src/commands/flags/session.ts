import { UserError } from "../../errors.ts";
import { counted } from "../../format/figures.ts";
import { NOTHING_KNOWN } from "../../terminal/summary-words.ts";
import type { Books } from "../../ledger/open.ts";
import { readTotals } from "../../readers/totals.ts";
import { sessionsLike } from "../../readers/why.ts";

/** The least of a session's id that is taken for its beginning. */
export const SHORTEST_PREFIX = 8;

/** How many sessions, and how much of what was typed, a sentence has room for. */
const NAMED = 3;
const LONGEST_NAME = 60;

/**
 * The session that was meant by its id or the beginning of it.
 * @throws UserError when the books know none, or several.
 */
export function sessionNamed(books: Books, typed: string): string {
  const found = sessionsLike(books, typed);
  const [only, ...others] = found;
  if (only === undefined) {
    throw notInBooks(books, `The books know no session "${short(typed)}"`, "sessions");
  }
  if (only !== typed && typed.length < SHORTEST_PREFIX) {
    throw new UserError(
      `"${typed}" is too short for the beginning of a session's id; give at least ${SHORTEST_PREFIX} characters of it.`,
    );
  }
  if (others.length === 0) return only;
  const named = found.slice(0, NAMED).map(short).join(", ");
  const more = found.length > NAMED ? ", …" : "";
  throw new UserError(
    `${counted(found.length, "session")} begin with "${short(typed)}": ${named}${more}; give more of the id.`,
  );
}

/** What to say of what the books do not hold. */
export function notInBooks(books: Books, sentence: string, table: "daily" | "sessions"): UserError {
  if (readTotals(books).firstDate === null) {
    return new UserError(NOTHING_KNOWN["claude-code"]);
  }
  return new UserError(`${sentence}; \`ccbooks stats ${table}\` lists what they hold.`);
}

/** As much of what was typed as a sentence has room for. */
export function short(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
}
