import { readSettings } from "../config/settings.ts";
import { thisMachine } from "../config/machine.ts";
import { admitMachine } from "../fetch/this-machine.ts";
import { withBooks, type Books } from "../ledger/open.ts";
import { hasRecordedSession, recordedKeeper, type KeptRecord } from "../ledger/recorded.ts";
import { withKey, type RecordedCall } from "../recorded.ts";
import { recordedRun, type ClaudeRun, type RunFacts } from "../sources/recorder/claude-run.ts";
import { recordedPrices, reckoned } from "./reckon.ts";

/** A call, or a run whose totals may go on from those of an earlier one. */
export type Recordable = { call: RecordedCall } | { run: ClaudeRun; facts: RunFacts };

/** So many calls are written at once. */
const AT_ONCE = 1000;

/**
 * Keeps calls in the books.
 * @returns the calls as they were kept, and what came of each
 */
export async function recordCalls(
  path: string,
  recordables: readonly Recordable[],
  { writesLines = false }: { writesLines?: boolean } = {},
): Promise<{ call: RecordedCall; kept: KeptRecord }[]> {
  const machine = thisMachine({ machine: undefined, timezone: undefined });
  const { prices: own } = await readSettings();
  return withBooks(path, async (books) => {
    const row = admitMachine(books, machine, undefined, new Date().toISOString());
    const prices = await recordedPrices(books, own);
    const keeper = recordedKeeper(books, row);
    const recorded: { call: RecordedCall; kept: KeptRecord }[] = [];
    for (let start = 0; start < recordables.length; start += AT_ONCE) {
      const some = recordables.slice(start, start + AT_ONCE);
      const keep = books.transaction(() =>
        // One after the other, as a run may go on from one before it.
        some.flatMap((one) => {
          const call = writesLines ? withKey(callOf(books, one)) : callOf(books, one);
          return keeper.keep([reckoned(call, prices, null)]).map((kept) => ({ call, kept }));
        }),
      );
      recorded.push(...keep.immediate());
    }
    return recorded;
  });
}

/**
 * A run of a session that an earlier run was of counts what it used itself: its totals go on from those of the earlier one
 * (Claude Code 2.1.331), so that adding both would count that twice.
 */
function callOf(books: Books, one: Recordable): RecordedCall {
  if ("call" in one) return one.call;
  const { run, facts } = one;
  const isKnown = hasRecordedSession(books, run.sessionId, run.uuid);
  return recordedRun({ ...run, resumed: run.resumed || isKnown }, facts);
}
