import type { Books } from "../ledger/open.ts";
import type { Machine } from "../config/machine.ts";
/** A transcript as a fetch last saw it. */
export interface FetchedTranscript {
  path: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}
import { onlyRow, query } from "./query.ts";

/** What the books know of one machine that tells whether days get lost. */
export interface Health {
  history: { firstDate: string | null; lastDate: string | null; daysWithUsage: number };
  /** Dates between the first and the last day that may have been lost. */
  gaps: { firstDate: string; lastDate: string; days: number }[];
  fetches: {
    /** When the last one that succeeded began: ISO 8601 UTC; null when none has. */
    lastGoodAt: string | null;
    failedSince: number;
    /** Of the last one that failed, whenever that was. */
    lastError: string | null;
  };
  /** The transcripts as a fetch last saw them. */
  fetched: FetchedTranscript[];
  /** Every machine in the books. */
  machines: Machine[];
  /** Pairs of them that have sessions in common, those with the most first. */
  twins: Twins[];
}

/** Two names under which the same transcripts are in the books. */
export interface Twins {
  machine: string;
  other: string;
  sessions: number;
}

/** @param retentionDays how long transcripts are kept */
export function readHealth(books: Books, machine: string, retentionDays: number): Health {
  return {
    history: onlyRow(books, "doctor/history.sql", { machine }),
    gaps: query(books, "doctor/gaps.sql", { machine, retentionDays }),
    fetches: onlyRow(books, "doctor/fetches.sql", { machine }),
    fetched: query(books, "doctor/transcripts.sql", { machine }),
    machines: query(books, "doctor/machines.sql"),
    twins: query(books, "doctor/twins.sql"),
  };
}
