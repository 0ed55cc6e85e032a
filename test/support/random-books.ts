import { hash52 } from "../../src/calls/hash.ts";
import { keepMachine, type MachineRow } from "../../src/ledger/machines.ts";
import { keepTranscripts, type ReadTranscript } from "../../src/ledger/keep.ts";
import { moveDates } from "../../src/ledger/move-dates.ts";
import type { Books } from "../../src/ledger/open.ts";
import { keepSaved } from "../../src/ledger/saved.ts";
import { keepTelemetry } from "../../src/ledger/telemetry.ts";
import type { Call, TelemetryCall } from "../../src/usage.ts";
import { emptyBooks } from "./books.ts";
import { oneOf, type Dice } from "./dice.ts";

/**
 * Books of a world so small that nearly everything in them collides: two machines, three sessions, a few
 * messages, each told of differently by everybody.
 */
export function randomBooks(roll: Dice): Books {
  const books = emptyBooks();
  for (let left = 1 + roll(4); left > 0; left--) scanSomething(books, roll);
  return books;
}

const UIDS = ["aaaa000000000000", "aaaa111111111111", "bbbb000000000000"];
const START = Date.parse("2026-10-24T20:00:00Z");
const HOUR = 3_600_000;

const instant = (roll: Dice): number => START + roll(40) * HOUR;
const iso = (at: number): string => new Date(at).toISOString();

function scanSomething(books: Books, roll: Dice): void {
  const seenAt = iso(instant(roll));
  const machine = {
    uid: oneOf(roll, UIDS),
    name: oneOf(roll, ["laptop", "desktop"]),
    timezone: oneOf(roll, ["Europe/Berlin", "Asia/Tokyo", "UTC"]),
  };
  const { row, hasMoved } = keepMachine(books, machine, seenAt);
  if (hasMoved) books.transaction(() => moveDates(books, row.id))();
  const transcripts = Array.from({ length: 1 + roll(4) }, () => transcript(roll));
  const paths = new Set(transcripts.map(({ path }) => path));
  const some = [...paths].toSorted().flatMap((path) => {
    const one = transcripts.find((other) => other.path === path);
    return one === undefined ? [] : [one];
  });
  keepTranscripts(books, { machine: row.id, uid: row.uid, seenAt }, some);
  if (roll(3) === 0) hearSomething(books, row, roll);
  if (roll(3) === 0) saveSomething(books, row.id, roll);
}

function transcript(roll: Dice): ReadTranscript {
  const sessionId = oneOf(roll, ["one", "two", "three"]);
  const slug = oneOf(roll, ["-app", "-web"]);
  // The lines of old agents' transcripts name their session, and may name another after a rewrite.
  const isAgent = roll(4) === 0;
  const path = `/projects/${slug}/${isAgent ? "agent-1" : sessionId}.jsonl`;
  return {
    path,
    sessionId,
    subagent: isAgent ? "agent-1" : null,
    ...{ size: 1, modifiedAt: 1, readTo: 1, readHash: 1, setAside: {}, earlyAt: null },
    calls: Array.from({ length: roll(4) }, () => call(roll, sessionId)),
    title: roll(3) === 0 ? oneOf(roll, ["A title", "Another"]) : null,
    costState:
      roll(3) > 0
        ? null
        : {
            totalCost: roll(4),
            durationMs: roll(3),
            apiDurationMs: null,
            hasUnknownCost: roll(2) === 0,
          },
    project: () => ({ slug, path: roll(2) === 0 ? null : `/home/${roll(3)}${slug}`, name: slug }),
  };
}

function call(roll: Dice, session: string): Call {
  const at = instant(roll);
  const hasRequest = roll(3) > 0;
  const request = hasRequest ? `r${roll(3)}` : `${session} ${at}`;
  return {
    message: hash52(`m${roll(4)}`),
    request: hash52(request),
    hasRequest,
    at,
    model: oneOf(roll, ["opus", "sonnet", ""]),
    inputTokens: roll(3),
    outputTokens: 1 + roll(3),
    cacheCreation5mTokens: roll(2),
    cacheCreation1hTokens: roll(2),
    cacheReadTokens: roll(2),
    branch: oneOf(roll, [null, "main", "next"]),
    clientVersion: oneOf(roll, [null, "2.1.0", "2.1.9"]),
    isSidechain: roll(2) === 0,
    webSearches: roll(2),
    speed: oneOf(roll, [null, "fast"]),
    serviceTier: oneOf(roll, [null, "priority"]),
    lineCost: oneOf(roll, [null, 0.25, 0.5]),
    details: oneOf(roll, [null, '{"iterations":2}']),
  };
}

function hearSomething(books: Books, machine: MachineRow, roll: Dice): void {
  const calls = Array.from({ length: 1 + roll(3) }, () => toldCall(roll));
  const sweeps =
    roll(3) === 0 ? [{ at: iso(instant(roll)), periodDays: 30, transcriptsDeleted: 1 }] : [];
  const told = { calls, sweeps, events: new Map([["api_request", calls.length]]) };
  books.transaction(() => keepTelemetry(books, machine, told, iso(START)))();
}

function toldCall(roll: Dice): TelemetryCall {
  const { inputTokens, outputTokens, cacheReadTokens, ...rest } = call(roll, "one");
  const { cacheCreation5mTokens, cacheCreation1hTokens, at, isSidechain, speed } = rest;
  const hasRequest = roll(4) > 0;
  const request = hash52(hasRequest ? `r${roll(4)}` : `telemetry ${roll(3)}`);
  return {
    ...{ inputTokens, outputTokens, cacheReadTokens, cacheCreation5mTokens, cacheCreation1hTokens },
    ...{
      at,
      model: "opus",
      isSidechain,
      speed,
      hasRequest,
      identity: request,
    },
    sessionId: oneOf(roll, ["one", "two", "three", "only heard"]),
    status: oneOf(roll, ["ok", "error", "refusal"]),
    durationMs: oneOf(roll, [null, 100, 200]),
    timeToFirstTokenMs: oneOf(roll, [null, 10]),
    attempts: oneOf(roll, [null, 1, 2]),
    statusCode: oneOf(roll, [null, 529]),
    error: oneOf(roll, [null, "overloaded"]),
    effort: null,
    querySource: "sdk",
    toldCost: roll(100),
    clientVersion: rest.clientVersion,
  };
}

function saveSomething(books: Books, machine: number, roll: Dice): void {
  const kind = oneOf(roll, ["day", "session"] as const);
  const date = oneOf(roll, ["2026-10-24", "2026-10-25", "2026-01-02"]);
  const tokens = { inputTokens: roll(3), outputTokens: 1, cacheCreationTokens: 0 };
  const isPriced = roll(2) === 0;
  const cell = {
    ...{ project: "-app", model: "opus", ...tokens, cacheReadTokens: 0 },
    cost: isPriced ? 0.5 : null,
    unpricedTokens: isPriced ? 0 : tokens.inputTokens + 1,
  };
  const isDay = kind === "day";
  keepSaved(books, [
    {
      ...{ kind, agent: "claude", machine, cells: [cell] },
      subject: isDay ? date : oneOf(roll, ["one", "old"]),
      projectPath: isDay ? null : "-app",
      firstActivity: null,
      lastActivity: isDay ? null : date,
      ...{ firstActivityAt: null, lastActivityAt: null },
      savedAt: iso(instant(roll)),
    },
  ]);
}
