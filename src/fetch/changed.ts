import { dayAt } from "../dates.ts";
import type { KnownTranscript } from "../ledger/transcripts.ts";
import type { ToScan } from "../sources/claude-code/scan-all.ts";
import type { Transcript } from "../sources/claude-code/transcripts.ts";

/**
 * The transcripts that have changed since they were read.
 * @param latest the last instant of tomorrow, in milliseconds since 1970
 */
export function changedTranscripts(
  transcripts: readonly Transcript[],
  known: ReadonlyMap<string, KnownTranscript>,
  { full, latest }: { full: boolean; latest: number },
): ToScan[] {
  return transcripts.flatMap((transcript): ToScan[] => {
    const before = known.get(transcript.path);
    if (before === undefined || full) return [{ transcript, before: null }];
    const { size, modifiedAt, readTo, readHash, earlyAt, hasSession } = before;
    const isDue = earlyAt !== null && earlyAt <= latest;
    const isSame = size === transcript.size && modifiedAt === transcript.modifiedAt;
    if (isSame && !isDue) return [];
    // What has no call yet is read from its start, so that a title before the first call is not missed.
    const mayHaveGrown = transcript.size > size && hasSession === 1 && !isDue;
    return [{ transcript, before: mayHaveGrown ? { readTo, readHash } : null }];
  });
}

/** The last instant of tomorrow by a zone: calls after it are set aside, as a clock must be wrong. */
export function endOfTomorrow(now: number, timezone: string): number {
  const DAY = 86_400_000;
  return dayAt(now + 2 * DAY, timezone).startsAt - 1;
}
