import { hash52 } from "../calls/hash.ts";
import { localTimeAt } from "../dates.ts";
import type { RecordedCall, RecordedUsage } from "../recorded.ts";
import { totalCallTokens, type Tokens } from "../usage.ts";
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

/** In the order in which they are written: by place, as looking names up takes as long as writing them. */
const COLUMNS = [
  ...["identity", "identity_rest", "cell", "at", "minutes_from_utc", "input_tokens"],
  ...["output_tokens", "cache_creation_5m_tokens", "cache_creation_1h_tokens"],
  ...["cache_read_tokens", "cost", "cost_by", "duration_ms", "time_to_first_token_ms"],
  ...["is_success", "error", "exit_code", "task", "turns", "session_id", "prompt_length"],
  ...["response_length", "prompt_file", "settings"],
];

/**
 * Keeps recorded calls, and adds them to the cells that they are of, within a transaction. A call of a known key is the
 * same call: what is known of it stays.
 */
export function recordedKeeper(books: Books, { label, timezone }: RecordingMachine) {
  const find = books.prepare<[number, number], { id: number; cost: number | null }>(
    "SELECT id, cost FROM recorded_call WHERE identity = ? AND identity_rest = ?",
  );
  const insert = books.prepare<(string | number | null)[]>(
    `INSERT INTO recorded_call (${COLUMNS.join(", ")})
     VALUES (${COLUMNS.map(() => "?").join(", ")})`,
  );
  const insertPart = books.prepare(
    `INSERT INTO recorded_part VALUES (
       @call, @cell, @inputTokens, @outputTokens, @cacheCreation5mTokens, @cacheCreation1hTokens,
       @cacheReadTokens, @cost, @costBy)`,
  );
  const insertContent = books.prepare<[number, string | null, string | null]>(
    "INSERT INTO recorded_content VALUES (?, ?, ?)",
  );
  const findCell = books
    .prepare<CellKey, number>(
      `SELECT id FROM recorded_cell
       WHERE date = ? AND machine = ? AND provider = ? AND model = ? AND project = ? AND worker = ?`,
    )
    .pluck();
  const addCell = books.prepare<CellKey>(
    `INSERT INTO recorded_cell (
       date, machine, provider, model, project, worker, calls, failed_calls, input_tokens,
       output_tokens, cache_creation_tokens, cache_read_tokens, cost, unpriced_tokens)
     VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, NULL, 0)`,
  );
  const addToCell = books.prepare<[CellSum]>(
    `UPDATE recorded_cell SET
       calls = calls + @calls, failed_calls = failed_calls + @failedCalls,
       input_tokens = input_tokens + @inputTokens, output_tokens = output_tokens + @outputTokens,
       cache_creation_tokens = cache_creation_tokens + @cacheCreationTokens,
       cache_read_tokens = cache_read_tokens + @cacheReadTokens,
       cost = COALESCE(cost + @cost, cost, @cost),
       unpriced_tokens = unpriced_tokens + @unpricedTokens
     WHERE id = @id`,
  );

  /** The cells that some calls are of, each with what they add to it. */
  const newCells = () => {
    const cells = new Map<string, CellSum>();
    const cellOf = (call: PricedCall, model: string): CellSum => {
      const key: CellKey = [
        ...([localTimeAt(call.at, timezone).date, label, call.provider, model] as const),
        ...([call.project ?? "", call.worker ?? ""] as const),
      ];
      const name = key.join("\0");
      const known = cells.get(name);
      if (known !== undefined) return known;
      const id = findCell.get(...key) ?? Number(addCell.run(...key).lastInsertRowid);
      const cell = { ...NOTHING, id };
      cells.set(name, cell);
      return cell;
    };
    return { cells, cellOf };
  };

  return {
    /** @returns what came of each, in their order */
    keep(calls: readonly PricedCall[]): KeptRecord[] {
      const { cells, cellOf } = newCells();
      const kept = calls.map((call): KeptRecord => {
        const [identity, identityRest] = identityOf(call);
        const known = identity === null ? undefined : find.get(identity, identityRest);
        if (known !== undefined) return { ...known, isNew: false };
        const cell = cellOf(call, call.model);
        addUp(cell, call);
        cell.calls += 1;
        cell.failedCalls += call.isSuccess ? 0 : 1;
        const { minutesFromUtc } = localTimeAt(call.at, timezone);
        const { lastInsertRowid } = insert.run(
          ...[identity, identityRest, cell.id, call.at, minutesFromUtc],
          ...[call.inputTokens, call.outputTokens, call.cacheCreation5mTokens],
          ...[call.cacheCreation1hTokens, call.cacheReadTokens, call.cost, call.costBy],
          ...[call.durationMs, call.timeToFirstTokenMs, Number(call.isSuccess), call.error],
          ...[call.exitCode, call.task, call.turns, call.sessionId, call.promptLength],
          ...[call.responseLength, call.promptFile, call.settings],
        );
        const id = Number(lastInsertRowid);
        for (const other of call.others) {
          const part = cellOf(call, other.model);
          addUp(part, other);
          insertPart.run({ ...other, call: id, cell: part.id });
        }
        const { content } = call;
        if (content !== null) insertContent.run(id, content.prompt, content.response);
        return { id, isNew: true, cost: call.cost };
      });
      for (const cell of cells.values()) addToCell.run(cell);
      return kept;
    },
  };
}

/**
 * What a call is known by. Keys lie anywhere in the index, and each place takes a page of the disk: those of calls that came
 * together lie beside each other.
 */
function identityOf({ key, place }: PricedCall): [number, number] | [null, null] {
  if (key === null) return [null, null];
  return [hash52(key), place ?? hash52(`rest of ${key}`)];
}

type CellKey = [
  ...[date: string, machine: string, provider: string, model: string],
  ...[project: string, worker: string],
];

/** What some calls add to a cell. */
interface CellSum extends Tokens {
  id: number;
  calls: number;
  failedCalls: number;
  cost: number | null;
  unpricedTokens: number;
}

const NOTHING = {
  ...{ calls: 0, failedCalls: 0, inputTokens: 0, outputTokens: 0 },
  ...{ cacheCreationTokens: 0, cacheReadTokens: 0, cost: null, unpricedTokens: 0 },
};

function addUp(cell: CellSum, usage: RecordedUsage & RecordedCost): void {
  cell.inputTokens += usage.inputTokens;
  cell.outputTokens += usage.outputTokens;
  cell.cacheCreationTokens += usage.cacheCreation5mTokens + usage.cacheCreation1hTokens;
  cell.cacheReadTokens += usage.cacheReadTokens;
  if (usage.cost === null) cell.unpricedTokens += totalCallTokens(usage);
  else cell.cost = (cell.cost ?? 0) + usage.cost;
}

/** Forgets prompts and answers. @returns how many calls had some */
export function forgetContent(books: Books): number {
  return books.prepare("DELETE FROM recorded_content").run().changes;
}

/** Whether an earlier run of a session is kept, besides the one of this key. */
export function hasRecordedSession(books: Books, sessionId: string, key: string | null): boolean {
  const [identity] = key === null ? [null] : [hash52(key)];
  return (
    books
      .prepare<[string, number | null]>(
        "SELECT 1 FROM recorded_call WHERE session_id = ? AND identity IS NOT ? LIMIT 1",
      )
      .get(sessionId, identity) !== undefined
  );
}
