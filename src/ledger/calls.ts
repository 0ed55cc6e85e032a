import { better } from "../calls/better.ts";
import { replaysAmong, type KeptCall } from "../calls/replays.ts";
import type { Call } from "../usage.ts";
import { namesIn } from "./names.ts";
import type { Books } from "./books.ts";
import type { SessionDays } from "./session-days.ts";

/** How many calls were new, and of how many more is known than before. */
export interface KeptCalls {
  added: number;
  changed: number;
}

/** The transcript that a call was seen in, and its session: rows. */
export interface Owner {
  /** Null: only telemetry tells of it. */
  transcript: number | null;
  session: number;
  /** Orders owners: see `rankOf`. */
  rank: string;
}

/** What every copy of the books has alike of an owner: path, machine and session. */
export function rankOf(path: string, uid: string, sessionId: string): string {
  return `${path} ${uid} ${sessionId}`;
}

/** Whose a call is that only telemetry tells of. */
export function toldOwner(session: number, uid: string, sessionId: string): Owner {
  return { transcript: null, session, rank: rankOf("", uid, sessionId) };
}

/** The columns that a line says or decides, in the order of `valuesOf`. */
const COLUMNS = [
  ...[
    "session_day",
    "transcript",
    "at",
    "minutes_from_utc",
    "model",
    "input_tokens",
    "output_tokens",
  ],
  ...["cache_creation_5m_tokens", "cache_creation_1h_tokens", "cache_read_tokens"],
  ...["branch", "client_version", "is_sidechain", "has_request", "web_searches"],
  ...["speed", "service_tier", "line_cost", "details"],
];

/**
 * Keeps calls: the union of those that are known and those that come. A call is known by its message
 * and request; of two lines of one call the better one stays.
 * @param mayMove whether a call goes to the owner that ranks first: so it does where books are merged, in
 *   any order. A scan leaves it where it was first seen.
 * @returns what keeps calls, within a transaction
 */
export function callKeeper(books: Books, days: SessionDays, { mayMove }: { mayMove: boolean }) {
  const models = namesIn(books, "model");
  const branches = namesIn(books, "branch");
  const versions = namesIn(books, "client_version");
  const insert = books.prepare(
    `INSERT INTO call (message, request, is_replay, ${COLUMNS.join(", ")})
     VALUES (?, ?, 0, ${COLUMNS.map(() => "?").join(", ")})`,
  );
  const update = books.prepare(
    `UPDATE call SET ${COLUMNS.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`,
  );
  const requestsOf = books
    .prepare<[number], number>("SELECT request FROM call WHERE message = ?")
    .pluck();
  const read = books.prepare<[number, number], CallRow & { session: number }>(READ_CALL);
  const readOwner = books.prepare<[number], Owner>(READ_OWNER);
  const readMessage = books.prepare<[number], MessageRow>(READ_MESSAGE);
  const severalTimes = books
    .prepare<[], number>("SELECT message FROM call GROUP BY message HAVING COUNT(*) > 1")
    .pluck();
  const setReplay = books.prepare<[number, number]>("UPDATE call SET is_replay = ? WHERE id = ?");

  const valuesOf = (
    call: Call,
    owner: Owner,
    { day, minutesFromUtc }: ReturnType<SessionDays["of"]>,
  ): (string | number | null)[] => [
    ...[day, owner.transcript, call.at, minutesFromUtc, models.idOf(call.model)],
    ...[call.inputTokens, call.outputTokens, call.cacheCreation5mTokens],
    ...[call.cacheCreation1hTokens, call.cacheReadTokens],
    call.branch === null ? null : branches.idOf(call.branch),
    call.clientVersion === null ? null : versions.idOf(call.clientVersion),
    ...[Number(call.isSidechain), Number(call.hasRequest), call.webSearches],
    ...[call.speed, call.serviceTier, call.lineCost, call.details],
  ];

  const findTold = books.prepare<[number, number], { id: number; sessionDay: number }>(
    "SELECT id, session_day AS sessionDay FROM call WHERE message = ? AND request = ?",
  );
  const hasTold = books.prepare("SELECT 1 FROM telemetry_call LIMIT 1").get() !== undefined;
  const messagesOf = books
    .prepare<[number], number>("SELECT message FROM call WHERE request = ?")
    .pluck();
  const replaceTold = books.prepare(
    `UPDATE call SET message = ?, ${COLUMNS.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`,
  );

  /** The line of a call takes the place of what telemetry alone told of it. @returns whether it did */
  const takePlace = (call: Call, owner: Owner): boolean => {
    const told = hasTold && call.hasRequest ? findTold.get(call.request, call.request) : undefined;
    if (told === undefined) return false;
    const time = days.of(owner.session, call.at);
    replaceTold.run(call.message, ...valuesOf(call, owner, time), told.id);
    days.markChanged(told.sessionDay);
    days.markChanged(time.day);
    return true;
  };

  const add = (call: Call, owner: Owner): void => {
    const time = days.of(owner.session, call.at);
    insert.run(call.message, call.request, ...valuesOf(call, owner, time));
    days.markChanged(time.day);
  };

  /** @returns whether anything of the call changed */
  const join = (call: Call, owner: Owner): boolean => {
    const row = read.get(call.message, call.request);
    if (row === undefined) throw new Error(`call ${call.message} ${call.request} has no row`);
    const { session, ...columns } = row;
    const known = callIn(columns);
    const best = better(call, known) ? call : known;
    const isOwn = row.transcript === owner.transcript && session === owner.session;
    const moves = mayMove && !isOwn;
    const before = moves || best === call ? readOwner.get(row.id) : undefined;
    const keeper = moves && before !== undefined && owner.rank < before.rank ? owner : before;
    if (keeper === undefined || (best === known && keeper === before)) return false;
    const time = days.of(keeper.session, best.at);
    update.run(...valuesOf(best, keeper, time), row.id);
    days.markChanged(row.sessionDay);
    days.markChanged(time.day);
    return true;
  };

  /** Which calls of a message count is worked out again whenever one comes. */
  const settleReplays = (message: number): void => {
    const calls = readMessage.all(message).map((row) => ({ ...row, ...flagsOf(row) }));
    const replays = replaysAmong(calls);
    for (const call of calls) {
      const isReplay = replays.has(call);
      if (isReplay === Boolean(call.wasReplay)) continue;
      setReplay.run(Number(isReplay), call.id);
      days.markChanged(call.sessionDay);
    }
  };

  return {
    keep(call: Call, owner: Owner, kept: KeptCalls): void {
      const requests = requestsOf.all(call.message);
      if (!requests.includes(call.request)) {
        if (takePlace(call, owner)) kept.changed += 1;
        else {
          add(call, owner);
          kept.added += 1;
        }
        if (requests.length > 0) settleReplays(call.message);
      } else if (join(call, owner)) {
        kept.changed += 1;
        if (requests.length > 1) settleReplays(call.message);
      }
    },

    /**
     * Keeps a call that only telemetry tells of, known by its request: nothing of it where a line tells of that.
     * @param owner of no transcript
     */
    keepTold(told: Call, owner: Owner, kept: KeptCalls): void {
      const call = { ...told, message: told.request };
      const messages = messagesOf.all(call.request);
      if (messages.length === 0) {
        add(call, owner);
        kept.added += 1;
      } else if (messages.includes(call.message) && join(call, owner)) kept.changed += 1;
    },

    /** For when sessions turn out to have been seen earlier than was known. */
    settleAllReplays(): void {
      for (const message of severalTimes.all()) settleReplays(message);
    },
  };
}

/** What SQLite gives for a flag. */
type Flags<T, Names extends keyof T> = Omit<T, Names> & Record<Names, 0 | 1>;

type CallRow = Flags<Call, "isSidechain" | "hasRequest"> & {
  id: number;
  sessionDay: number;
  transcript: number | null;
};

type MessageRow = Flags<KeptCall, "isSidechain" | "hasRequest"> & {
  wasReplay: 0 | 1;
  sessionDay: number;
};

function flagsOf({ isSidechain, hasRequest }: { isSidechain: 0 | 1; hasRequest: 0 | 1 }) {
  return { isSidechain: isSidechain === 1, hasRequest: hasRequest === 1 };
}

function callIn({ id, sessionDay, transcript, ...row }: CallRow): Call {
  return { ...row, ...flagsOf(row) };
}

const SESSION = "(SELECT session FROM session_day WHERE id = c.session_day)";

/**
 * A call with its names, as `Call` has them, and whose it is. The names are from sub-queries, as this is
 * asked once a call: this SQLite compiles a join with a parameter anew each time it is asked, which takes ten
 * times as long as the answer.
 */
const READ_CALL = `
  SELECT
    c.id, c.session_day AS sessionDay, c.transcript, c.message, c.request, c.at,
    (SELECT name FROM model WHERE id = c.model) AS model,
    c.input_tokens AS inputTokens, c.output_tokens AS outputTokens,
    c.cache_creation_5m_tokens AS cacheCreation5mTokens,
    c.cache_creation_1h_tokens AS cacheCreation1hTokens,
    c.cache_read_tokens AS cacheReadTokens,
    (SELECT name FROM branch WHERE id = c.branch) AS branch,
    (SELECT name FROM client_version WHERE id = c.client_version) AS clientVersion,
    c.is_sidechain AS isSidechain, c.has_request AS hasRequest, c.web_searches AS webSearches,
    c.speed, c.service_tier AS serviceTier, c.line_cost AS lineCost, c.details,
    ${SESSION} AS session
  FROM call AS c WHERE c.message = ? AND c.request = ?`;

const READ_OWNER = `
  SELECT c.transcript, ${SESSION} AS session,
    COALESCE((SELECT path FROM transcript WHERE id = c.transcript), '') || ' ' ||
    (SELECT (SELECT uid FROM machine WHERE id = session.machine) || ' ' || session_id
     FROM session WHERE id = ${SESSION}) AS rank
  FROM call AS c WHERE c.id = ?`;

const READ_MESSAGE = `
  SELECT
    c.id, c.at, c.request, c.session_day AS sessionDay, c.is_replay AS wasReplay,
    c.is_sidechain AS isSidechain, c.has_request AS hasRequest,
    c.input_tokens AS inputTokens, c.output_tokens AS outputTokens,
    c.cache_creation_5m_tokens AS cacheCreation5mTokens,
    c.cache_creation_1h_tokens AS cacheCreation1hTokens,
    c.cache_read_tokens AS cacheReadTokens, s.session_id AS session,
    s.first_seen_at AS sessionSeenAt, t.path || ' ' || m.uid AS rank
  FROM call AS c
  JOIN session_day AS d ON d.id = c.session_day
  JOIN session AS s ON s.id = d.session
  JOIN transcript AS t ON t.id = c.transcript
  JOIN machine AS m ON m.id = t.machine
  WHERE c.message = ?`;
