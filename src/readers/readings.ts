import type { Books } from "../ledger/open.ts";
import { settle, whySettled } from "../ledger/settle.ts";
import { query } from "./query.ts";

/** One reading of a day or session, with its figures. Costs are USD; null where none is known. */
export interface SubjectReading {
  /** What `ccbooks settle --reading` calls it. */
  number: number;
  kind: "day" | "session";
  subject: string;
  /** Sessions only; else empty. */
  projectPath: string;
  agent: string;
  machine: string;
  method: string;
  ccusageVersion: string;
  /** Where prices came from when it was last read; null where that run is not in these books. */
  prices: string | null;
  /** ISO 8601 UTC. */
  firstReadAt: string;
  readAt: string;
  isWhole: boolean;
  isPinned: boolean;
  reportedTokens: number;
  reportedCost: number | null;
  carriedTokens: number;
  carriedCost: number | null;
  unpricedTokens: number;
  /** Why the tables show this reading, in words; null when they show another. */
  shownBecause: string | null;
}

type Row = Omit<SubjectReading, "isWhole" | "isPinned" | "shownBecause"> & {
  whole: number;
  shown: number;
  pinned: number;
};

/** Every reading of a date or session id, over all machines. Empty when there is none. */
export function readReadings(books: Books, subject: string): SubjectReading[] {
  const readings = query<Row>(books, "readings/of_subject.sql", { subject }).map(
    ({ whole, shown, pinned, ...row }) => ({
      ...row,
      isWhole: whole === 1,
      isPinned: pinned === 1,
      isShown: shown === 1,
    }),
  );
  const groups = Map.groupBy(readings, groupKey);
  return readings.map(({ isShown, ...reading }) => ({
    ...reading,
    shownBecause: isShown ? because(groups.get(groupKey(reading)) ?? []) : null,
  }));
}

/** Readings that settle against each other. */
function groupKey({
  projectPath,
  agent,
  machine,
}: Pick<Row, "projectPath" | "agent" | "machine">): string {
  return [projectPath, agent, machine].join("\0");
}

function because(readings: readonly Omit<SubjectReading, "shownBecause">[]): string {
  const candidates = readings.map((reading) => ({
    pinned: reading.isPinned,
    whole: reading.isWhole,
    readAt: reading.readAt,
    method: reading.method,
    tokens: reading.reportedTokens + reading.carriedTokens,
  }));
  return whySettled(settle(candidates), candidates);
}
