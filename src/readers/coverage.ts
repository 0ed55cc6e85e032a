import type { Books } from "../ledger/open.ts";
import { onlyRow, query } from "./query.ts";

/** What telemetry tells of a session's day. Its holes are not the books': transcripts count what it leaves out. */
export interface CoverageLine {
  date: string;
  sessionId: string;
  transcriptTokens: number;
  /** Of those, the tokens of calls that telemetry tells of, too. */
  toldTokens: number;
  /** Calls that no transcript holds, and what they cost in USD; null where no price is known. */
  besideCalls: number;
  besideCost: number | null;
  besideUnpricedTokens: number;
}

export interface Coverage {
  /** Session by session and day by day, the oldest first. */
  lines: CoverageLine[];
  /** Calls without a request id, which are kept apart. */
  apart: number;
  /** How many events have come, by name, and when the last did: ISO 8601 UTC. */
  events: { name: string; events: number; lastAt: string }[];
}

/** @param since a local date: YYYY-MM-DD */
export function readCoverage(books: Books, since: string): Coverage {
  const events = query<Coverage["events"][number]>(books, "telemetry/events.sql");
  return {
    // Going through calls takes its time, where nothing was ever told.
    lines:
      events.length === 0 ? [] : query<CoverageLine>(books, "telemetry/coverage.sql", { since }),
    apart: onlyRow<{ calls: number }>(books, "telemetry/apart.sql").calls,
    events,
  };
}

/** The share of the transcripts' tokens that was told of, 0 to 1; null where they have none. */
export function toldShare(
  lines: readonly Pick<CoverageLine, "transcriptTokens" | "toldTokens">[],
): number | null {
  const sum = (key: "transcriptTokens" | "toldTokens"): number =>
    lines.reduce((all, line) => all + line[key], 0);
  const all = sum("transcriptTokens");
  return all === 0 ? null : sum("toldTokens") / all;
}
