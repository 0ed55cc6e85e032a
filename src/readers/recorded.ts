import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** A recorded call as the HTTP API tells of it: its names are those of what was sent. */
export interface RecordedRow {
  id: number;
  /** ISO 8601 UTC. */
  timestamp: string;
  provider: string;
  model: string;
  project: string | null;
  task_id: string | null;
  worker_id: string | null;
  input_tokens: number;
  output_tokens: number;
  cache_creation_tokens: number;
  cache_read_tokens: number;
  cost_usd: number | null;
  duration_ms: number | null;
  time_to_first_token_ms: number | null;
  success: 0 | 1;
  error_message: string | null;
  /** Milliseconds since 1970. */
  at_ms: number;
}

/** What is asked of recorded calls; null: of all. Dates are YYYY-MM-DD, both included. */
export interface RecordedFilter {
  since: string | null;
  until: string | null;
  project: string | null;
}

/** @param filter of calls before a place where `beforeAt` says one */
export function readRecordedCalls(
  books: Books,
  filter: RecordedFilter & {
    provider: string | null;
    model: string | null;
    limit: number;
    beforeAt: number | null;
    beforeId: number | null;
  },
): RecordedRow[] {
  return query(books, "recorded/calls.sql", { ...filter });
}

/** What recorded calls of one kind come to. */
export interface RecordedGroup {
  name: string;
  calls: number;
  failed_calls: number;
  input_tokens: number;
  output_tokens: number;
  cache_creation_tokens: number;
  cache_read_tokens: number;
  /** USD; null where no price is known. */
  cost_usd: number | null;
  unpriced_tokens: number;
}

export function readRecordedGroups(
  books: Books,
  by: "day" | "provider" | "model" | "project" | "all",
  filter: RecordedFilter,
): RecordedGroup[] {
  return query(books, "recorded/groups.sql", { ...filter, by });
}
