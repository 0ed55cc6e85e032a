import { randomUUID } from "node:crypto";

import { hash52 } from "../calls/hash.ts";
import { localTimeAt } from "../dates.ts";
import type { RecordedCall, RecordedUsage } from "../recorded.ts";
import { totalCallTokens } from "../usage.ts";
import type { Books } from "./books.ts";

/** What a call's usage costs, by whose price. */
export interface RecordedCost {
  /** USD; null: no price is known. */
  cost: number | null;
  costBy: string | null;
}

/** A recorded call with what it costs, and what others used within it. */
export interface PricedCall extends Omit<RecordedCall, "others">, RecordedCost {
  others: (RecordedUsage & RecordedCost)[];
  /** Kept only where the user wants it. */
  content: { prompt: string | null; response: string | null } | null;
}

/** What came of a call: it was new, or known already. */
export interface KeptRecord {
  id: number;
  isNew: boolean;
  cost: number | null;
}

/** Whose server took a call in. */
export interface RecordingMachine {
  label: string;
  timezone: string;
}

/**
 * Keeps recorded calls, and adds them to the cells that they are of, within a transaction. A call of a known key is the
 * same call: what is known of it stays.
 */
export function recordedKeeper(books: Books, { label, timezone }: RecordingMachine) {
  const find = books.prepare<[number, number], { id: number; cost: number | null }>(
    "SELECT id, cost FROM recorded_call WHERE identity = ? AND identity_rest = ?",
  );
  const insert = books.prepare(
    `INSERT INTO recorded_call (
       identity, identity_rest, cell, at, minutes_from_utc, input_tokens, output_tokens, cache_creation_5m_tokens,
       cache_creation_1h_tokens, cache_read_tokens, cost, cost_by, duration_ms,
       time_to_first_token_ms, is_success, error, exit_code, task, turns, session_id, prompt_length,
       response_length, prompt_file, settings)
     VALUES (
       @identity, @identityRest, @cell, @at, @minutesFromUtc, @inputTokens, @outputTokens, @cacheCreation5mTokens,
       @cacheCreation1hTokens, @cacheReadTokens, @cost, @costBy, @durationMs,
       @timeToFirstTokenMs, @success, @error, @exitCode, @task, @turns, @sessionId, @promptLength,
       @responseLength, @promptFile, @settings)`,
  );
  const insertPart = books.prepare(
    `INSERT INTO recorded_part VALUES (
       @call, @cell, @inputTokens, @outputTokens, @cacheCreation5mTokens, @cacheCreation1hTokens,
       @cacheReadTokens, @cost, @costBy)`,
  );
  const insertContent = books.prepare<[number, string | null, string | null]>(
    "INSERT INTO recorded_content VALUES (?, ?, ?)",
  );
  const addToCell = books
    .prepare<[Record<string, string | number | null>], number>(
      `INSERT INTO recorded_cell (
         date, machine, provider, model, project, worker, calls, failed_calls, input_tokens,
         output_tokens, cache_creation_tokens, cache_read_tokens, cost, unpriced_tokens)
       VALUES (
         @date, @machine, @provider, @model, @project, @worker, @calls, @failedCalls, @inputTokens,
         @outputTokens, @cacheCreationTokens, @cacheReadTokens, @cost, @unpricedTokens)
       ON CONFLICT DO UPDATE SET
         calls = calls + excluded.calls, failed_calls = failed_calls + excluded.failed_calls,
         input_tokens = input_tokens + excluded.input_tokens,
         output_tokens = output_tokens + excluded.output_tokens,
         cache_creation_tokens = cache_creation_tokens + excluded.cache_creation_tokens,
         cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
         cost = COALESCE(cost + excluded.cost, cost, excluded.cost),
         unpriced_tokens = unpriced_tokens + excluded.unpriced_tokens
       RETURNING id`,
    )
    .pluck();

  const cellOf = (
    { provider, project, worker, at }: PricedCall,
    usage: RecordedUsage & RecordedCost,
    { calls, failedCalls }: { calls: number; failedCalls: number },
  ): number => {
    const cell = addToCell.get({
      ...{ date: localTimeAt(at, timezone).date, machine: label, provider, model: usage.model },
      ...{ project: project ?? "", worker: worker ?? "", calls, failedCalls },
      ...{ inputTokens: usage.inputTokens, outputTokens: usage.outputTokens },
      cacheCreationTokens: usage.cacheCreation5mTokens + usage.cacheCreation1hTokens,
      ...{ cacheReadTokens: usage.cacheReadTokens, cost: usage.cost },
      unpricedTokens: usage.cost === null ? totalCallTokens(usage) : 0,
    });
    if (cell === undefined) throw new Error("a cell was not kept");
    return cell;
  };

  return {
    keep(call: PricedCall): KeptRecord {
      const key = call.key ?? randomUUID();
      const [identity, identityRest] = [hash52(key), hash52(`rest of ${key}`)];
      const known = find.get(identity, identityRest);
      if (known !== undefined) return { ...known, isNew: false };
      const own = { calls: 1, failedCalls: call.isSuccess ? 0 : 1 };
      const { lastInsertRowid } = insert.run({
        ...call,
        ...{
          identity,
          identityRest,
          cell: cellOf(call, call, own),
          success: Number(call.isSuccess),
        },
        minutesFromUtc: localTimeAt(call.at, timezone).minutesFromUtc,
      });
      const id = Number(lastInsertRowid);
      for (const other of call.others) {
        const cell = cellOf(call, other, { calls: 0, failedCalls: 0 });
        insertPart.run({ ...other, call: id, cell });
      }
      if (call.content !== null) insertContent.run(id, call.content.prompt, call.content.response);
      return { id, isNew: true, cost: call.cost };
    },
  };
}

/** Forgets prompts and answers. @returns how many calls had some */
export function forgetContent(books: Books): number {
  return books.prepare("DELETE FROM recorded_content").run().changes;
}
