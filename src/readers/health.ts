import type { Books } from "../ledger/open.ts";
import type { MachineRow } from "../ledger/machines.ts";
import { readDiffering } from "./differing.ts";
import { onlyRow, query } from "./query.ts";
import { readSetAside, type SetAside } from "./set-aside.ts";

/** A transcript as a fetch last saw it. */
export interface FetchedTranscript {
  path: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** A machine in the books. */
export interface KnownMachine {
  /** Its row. */
  id: number;
  uid: string;
  name: string;
  label: string;
  timezone: string;
}

/** One of Claude Code's folders that the books come from. */
export interface LogFolder {
  folder: string;
  transcripts: number;
  deleted: number;
}

/** What the books know of one machine that tells whether days get lost. */
export interface Health {
  history: { firstDate: string | null; lastDate: string | null; daysWithUsage: number };
  /** Dates between the first and the last day that may have been lost. */
  gaps: { firstDate: string; lastDate: string; days: number }[];
  fetches: {
    /** When the last one that succeeded ended: ISO 8601 UTC; null when none has. */
    lastGoodAt: string | null;
    failedSince: number;
    /** Of the last one that failed, whenever that was. */
    lastError: string | null;
  };
  /** The transcripts as a fetch last saw them. */
  fetched: FetchedTranscript[];
  folders: LogFolder[];
  /** Transcripts that were deleted younger than Claude Code deletes them. */
  earlyDeletions: { transcripts: number; youngestDays: number | null };
  setAside: SetAside[];
  /** Days of which ccusage's figure is not the sum of the calls. */
  differing: string[];
}

/** @param retentionDays how long transcripts are kept */
export function readHealth(
  books: Books,
  { id: machine, label }: Pick<MachineRow, "id" | "label">,
  retentionDays: number,
): Health {
  return {
    history: onlyRow(books, "doctor/history.sql", { label }),
    gaps: query(books, "doctor/gaps.sql", { machine, label, retentionDays }),
    fetches: onlyRow(books, "doctor/fetches.sql", { machine }),
    fetched: query(books, "doctor/transcripts.sql", { machine }),
    folders: query(books, "doctor/folders.sql", { machine }),
    earlyDeletions: onlyRow(books, "doctor/early_deletions.sql", { machine, retentionDays }),
    setAside: readSetAside(books, label),
    differing: readDiffering(books, label),
  };
}

/** Every machine in the books. */
export function readMachines(books: Books): KnownMachine[] {
  return query(books, "doctor/machines.sql");
}
