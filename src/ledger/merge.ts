import type { Call } from "../usage.ts";
import { callKeeper, rankOf, toldOwner, type KeptCalls, type Owner } from "./calls.ts";
import type { ForeignReader } from "./foreign-books.ts";
import { foreign, type Foreign } from "./foreign-schema.ts";
import { keepBudget, keepBudgetEvent } from "./budgets.ts";
import { keepMachine } from "./machines.ts";
import { moveDates } from "./move-dates.ts";
import type { Books } from "./books.ts";
import { keepPlanLimit } from "./plan-limits.ts";
import { projectKeeper } from "./projects.ts";
import { isDateIn, isIn, keepSaved, type SavedUsage, type Span } from "./saved.ts";
import { sumUp } from "./seed-tables.ts";
import { sessionDays, type SessionDays } from "./session-days.ts";
import { sessionKeeper } from "./sessions.ts";
import { detailsKeeper, sweepKeeper } from "./telemetry.ts";

/** What other books brought. */
export interface Merged extends KeptCalls {
  /** Days and sessions of saved reports. */
  saved: number;
  /** Rows that were not let in. */
  refused: number;
}

/**
 * Takes other books in, all of them or nothing: the union of both. In any order and any number of times
 * the same comes of it. What it changes is to be counted.
 * @param at ISO 8601 UTC
 */
export function mergeBooks(books: Books, other: ForeignReader, span: Span, at: string): Merged {
  const merge = books.transaction((): Merged => {
    const merged: Merged = { added: 0, changed: 0, saved: 0, refused: 0 };
    const machines = takeMachines(books, other, at);
    const keepProject = projectKeeper(books);
    for (const project of other.read(foreign.projects)) keepProject(project);
    const days = sessionDays(books);
    const sessions = takeSessions(books, other, machines, days);
    const transcripts = takeTranscripts(books, other, machines, sessions);
    takeTelemetry(books, other, machines, sessions, span);
    const keeper = callKeeper(books, days, { mayMove: true });
    for (const { transcript, session, ...row } of other.read(foreign.calls)) {
      const ours = sessions.get(session);
      const isPossible = row.at >= span.first && row.at <= span.last;
      const owner = transcript === null ? undefined : ownerOf(transcripts.get(transcript), ours);
      if (isPossible && owner !== undefined) keeper.keep(callOf(row), owner, merged);
      else if (isPossible && isToldAlone(row, transcript) && ours !== undefined) {
        keeper.keepTold(callOf(row), toldOwner(ours.id, ours.machine.uid, ours.sessionId), merged);
      } else other.refused += 1;
    }
    keeper.settleAllReplays();
    merged.saved = takeSaved(books, other, machines, span, at);
    takeRevisions(books, other, machines, span);
    takeBudgets(books, other, at);
    takePlanLimits(books, other, machines, at);
    merged.refused = other.refused;
    return merged;
  });
  return merge.immediate();
}

function callOf(row: Omit<Foreign<"calls">, "transcript" | "session">): Call {
  return { ...row, isSidechain: row.isSidechain === 1, hasRequest: row.hasRequest === 1 };
}

/** Whether only telemetry tells of a call: it is known by its request, and has nothing that only a line tells. */
function isToldAlone(
  row: Omit<Foreign<"calls">, "transcript" | "session">,
  transcript: number | null,
): boolean {
  return transcript === null && row.message === row.request && row.hasRequest === 1;
}

/** Undefined where no scan could have seen the one in the other. */
function ownerOf(
  transcript: KnownTranscript | undefined,
  session: KnownSession | undefined,
): Owner | undefined {
  if (transcript === undefined || session?.machine !== transcript.machine) return undefined;
  const rank = rankOf(transcript.path, transcript.machine.uid, session.sessionId);
  return { transcript: transcript.id, session: session.id, rank };
}

/** Our row of a machine of theirs. */
interface KnownMachine {
  id: number;
  uid: string;
}

/** Our row of a session of theirs. */
interface KnownSession {
  id: number;
  sessionId: string;
  machine: KnownMachine;
}

/** Our row of a transcript of theirs. */
interface KnownTranscript {
  id: number;
  path: string;
  machine: KnownMachine;
}

/**
 * @param at the latest that a machine's name or zone can have been set: ISO 8601 UTC
 * @returns our row and the id of each of their machines, by theirs
 */
function takeMachines(books: Books, other: ForeignReader, at: string): Map<number, KnownMachine> {
  const known = new Map<number, KnownMachine>();
  for (const { id, changedAt, ...machine } of other.read(foreign.machines)) {
    const { row, hasMoved } = keepMachine(books, machine, changedAt < at ? changedAt : at);
    if (hasMoved) moveDates(books, row.id);
    known.set(id, { id: row.id, uid: row.uid });
  }
  return known;
}

/** @returns our row of each of their sessions, by theirs */
function takeSessions(
  books: Books,
  other: ForeignReader,
  machines: ReadonlyMap<number, KnownMachine>,
  days: SessionDays,
): Map<number, KnownSession> {
  const known = new Map<number, KnownSession>();
  const keepers = new Map<number, ReturnType<typeof sessionKeeper>>();
  for (const { id, machine, ...session } of other.read(foreign.sessions)) {
    const ours = machines.get(machine);
    if (ours === undefined) {
      other.refused += 1;
      continue;
    }
    const keeper = keepers.get(ours.id) ?? sessionKeeper(books, ours.id);
    keepers.set(ours.id, keeper);
    const joined = keeper.join(session);
    if (joined.hasMoved) days.markAllChanged(joined.id);
    known.set(id, { id: joined.id, sessionId: session.sessionId, machine: ours });
    const { title, titleSeenAt, totalCost, durationMs, apiDurationMs, hasUnknownCost } = session;
    if (title !== null && titleSeenAt !== null) keeper.title(joined.id, title, titleSeenAt);
    if (totalCost !== null) {
      const unknown = hasUnknownCost === 1;
      keeper.cost(joined.id, { totalCost, durationMs, apiDurationMs, hasUnknownCost: unknown });
    }
  }
  return known;
}

/** @returns our row of each of their transcripts, by theirs */
function takeTranscripts(
  books: Books,
  other: ForeignReader,
  machines: ReadonlyMap<number, KnownMachine>,
  sessions: ReadonlyMap<number, KnownSession>,
): Map<number, KnownTranscript> {
  // How far it was read is theirs to know: if it is on this disk, it is read from its start.
  const join = books
    .prepare<[number, string, number, string | null, string, string | null], number>(
      `INSERT INTO transcript (
         machine, path, session, subagent, size, modified_at, read_to, read_hash, first_seen_at,
         deleted_at)
       VALUES (?, ?, ?, ?, 0, 0, 0, 0, ?, ?)
       ON CONFLICT (machine, path) DO UPDATE SET
         session = (
           SELECT id FROM session WHERE id IN (transcript.session, excluded.session)
           ORDER BY session_id LIMIT 1),
         first_seen_at = MIN(first_seen_at, excluded.first_seen_at),
         deleted_at = COALESCE(MAX(deleted_at, excluded.deleted_at), deleted_at, excluded.deleted_at)
       RETURNING id`,
    )
    .pluck();
  const known = new Map<number, KnownTranscript>();
  for (const row of other.read(foreign.transcripts)) {
    const machine = machines.get(row.machine);
    const session = sessions.get(row.session);
    if (machine === undefined || session?.machine !== machine) {
      other.refused += 1;
      continue;
    }
    const { path, subagent, firstSeenAt, deletedAt } = row;
    const id = join.get(machine.id, path, session.id, subagent, firstSeenAt, deletedAt);
    if (id === undefined) throw new Error(`${path} was not kept`);
    known.set(row.id, { id, path, machine });
  }
  return known;
}

function takeTelemetry(
  books: Books,
  other: ForeignReader,
  machines: ReadonlyMap<number, KnownMachine>,
  sessions: ReadonlyMap<number, KnownSession>,
  span: Span,
): void {
  const keepDetails = detailsKeeper(books);
  for (const { session, ...call } of other.read(foreign.telemetryCalls)) {
    const ours = sessions.get(session);
    if (ours === undefined || call.at > span.last) other.refused += 1;
    else keepDetails(call, ours.id);
  }
  const keepSweep = sweepKeeper(books);
  for (const { machine, ...sweep } of other.read(foreign.retentionSweeps)) {
    const ours = machines.get(machine);
    if (ours === undefined) other.refused += 1;
    else keepSweep(ours.id, sweep);
  }
}

function takeSaved(
  books: Books,
  other: ForeignReader,
  machines: ReadonlyMap<number, KnownMachine>,
  span: Span,
  at: string,
): number {
  const saved: SavedUsage[] = [];
  for (const { machine, ...row } of other.read(foreign.savedUsage)) {
    const ours = machines.get(machine);
    if (ours === undefined || !isIn(span, row)) other.refused += 1;
    else saved.push({ ...row, machine: ours.id });
  }
  const kept = keepSaved(books, saved);
  const subjects = (kind: SavedUsage["kind"]): string[] =>
    kept.filter((one) => one.kind === kind).map(({ subject }) => subject);
  const changed = { days: subjects("day"), sessions: subjects("session") };
  if (kept.length > 0) sumUp(books, { sessionDays: [], saved: changed }, at);
  return kept.length;
}

function takeRevisions(
  books: Books,
  other: ForeignReader,
  machines: ReadonlyMap<number, KnownMachine>,
  span: Span,
): void {
  const latest = new Date(span.last).toISOString();
  const add = books.prepare(
    `INSERT OR IGNORE INTO revision (
       date, agent, machine, revised_at, reason, detail, tokens_before, cost_before, tokens_after,
       cost_after)
     VALUES (
       @date, @agent, @machine, @revisedAt, @reason, @detail, @tokensBefore, @costBefore,
       @tokensAfter, @costAfter)`,
  );
  for (const row of other.read(foreign.revisions)) {
    const machine = machines.get(row.machine);
    const isPast = isDateIn(span, row.date) && row.revisedAt <= latest;
    if (machine === undefined || !isPast) other.refused += 1;
    else add.run({ ...row, machine: machine.id });
  }
}

/** @param at the latest that a budget can have been set, or somebody told of it: ISO 8601 UTC */
function takeBudgets(books: Books, other: ForeignReader, at: string): void {
  for (const { changedAt, ...budget } of other.read(foreign.budgets)) {
    keepBudget(books, { ...budget, changedAt: changedAt < at ? changedAt : at });
  }
  for (const { firedAt, ...event } of other.read(foreign.budgetEvents)) {
    keepBudgetEvent(books, { ...event, firedAt: firedAt < at ? firedAt : at });
  }
}

/** @param at the latest that a limit can have been told: ISO 8601 UTC */
function takePlanLimits(
  books: Books,
  other: ForeignReader,
  machines: ReadonlyMap<number, KnownMachine>,
  at: string,
): void {
  for (const limit of other.read(foreign.planLimits)) {
    const machine = machines.get(limit.machine);
    if (machine === undefined || limit.seenAt > at) other.refused += 1;
    else keepPlanLimit(books, { ...limit, machine: machine.id });
  }
}
