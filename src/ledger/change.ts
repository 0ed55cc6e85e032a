import { tokenKinds, type Cell, type SessionUsage } from "../usage.ts";
import { sumCost, sumKind, sumTokens } from "./cells.ts";
import { foldDay, foldSession, shown, type DayRule, type Meter } from "./fold.ts";
import { meterOf, SAVED, type Reading, type Subject } from "./readings.ts";
import type { Fate } from "./runs.ts";

/** What happened to the transcripts that can hold a date. */
interface Movement {
  /** Vanished ones are back, or other folders were read: more is not new. */
  mayBeBack(date: string): boolean;
  /** Some have vanished. */
  mayBeLost(date: string): boolean;
}

/** The circumstances of a run that decide how its report is to be understood. */
export interface Situation extends Movement {
  /** The name of the method that counted. */
  method: string;
  /** When ccusage was started: ISO 8601 UTC. Nothing stamped later is sure to be in the report. */
  readAt: string;
  /** What happened after an instant, up to and with this run; the rest is since the last run. */
  since(instant: string): Movement;
  /** Another run was at work at the same time, so which report is the older cannot be told. */
  overlapped: boolean;
  /** One that began later has been recorded already. */
  outrun: boolean;
  /** ccusage 17 and 18 report project folders as sessions. */
  sessionsAreFolders: boolean;
  /** Whether a date was over at an instant. */
  isOver(date: string, readAt: string): boolean;
  /** Whether no sweep can have touched a date yet. */
  isWhole(date: string): boolean;
}

/** What a report does to one reading. */
export interface Change {
  /** The reading to write; undefined when there is nothing to write. */
  reading: Reading | undefined;
  fate: Fate;
  /** Of a day: what is newly carried. */
  kept: { tokens: number; cost: number };
}

/**
 * Folds a day's report into its latest reading, if any.
 * @param all looks up every reading of the day; asked for only when the method is another than before
 */
export function foldDayReading(
  subject: Subject,
  before: Reading | undefined,
  all: () => Reading[],
  report: Cell[],
  situation: Situation,
): Change {
  const date = subject.subject;
  if (before === undefined) return added(subject, report, situation.isWhole(date), situation);

  if (situation.outrun && before.read_at > situation.readAt) return unchanged;

  const isMissing = report.length === 0;
  // Its logs are there, so it is this report that cannot read them.
  if (isMissing && !situation.mayBeLost(date)) return unchanged;
  const sameMethod = isMissing || before.method === situation.method;
  const wasOver = situation.isOver(date, before.read_at);
  // Written even if equal: the first reading after midnight, so that it is known to be one, and the first
  // after one of a clock that was ahead.
  const seals =
    before.read_at > situation.readAt || (!wasOver && situation.isOver(date, situation.readAt));
  if (sameMethod && before.reported === JSON.stringify(report)) {
    return seals
      ? {
          ...unchanged,
          reading: { ...before, read_at: situation.readAt, last_read_at: situation.readAt },
        }
      : unchanged;
  }

  const old = meterOf(before);
  if (situation.overlapped && isLower(report, old.reported)) return unchanged;
  const wasGone = old.reported.length === 0;
  const rule = dayRule(date, { sameMethod, wasOver, wasGone, situation });
  const continued = foldDay(old, report, rule, sameMethod);
  const meter = sameMethod
    ? continued
    : unhidden(all(), report, situation).reduce(fuller, continued);
  const reading = written(before, meter, { ...situation, isMissing });
  if (sameMethod && !seals && sameFigures(reading, before)) return unchanged;

  const kept = {
    tokens:
      rule === "recount" && meter === continued
        ? 0
        : sumTokens(meter.carried) - sumTokens(old.carried),
    cost: (sumCost(meter.carried) ?? 0) - (sumCost(old.carried) ?? 0),
  };
  if (kept.tokens > 0) return { reading, fate: "kept", kept };
  return { ...unchanged, reading, fate: fateOf(old, meter, sameMethod || !wasOver) };
}

/**
 * What the day comes to if the report continues an earlier reading than the latest. A release that
 * counted more in between may have hidden a loss: from one that comes back, or from the one after it.
 * A reading that a later one lowered counts for nothing: it was a mistake that has been put right.
 */
function unhidden(readings: readonly Reading[], report: Cell[], situation: Situation): Meter[] {
  const inOrder = readings
    .filter(({ method }) => !method.startsWith(SAVED))
    .toSorted((a, b) => (a.last_read_at < b.last_read_at ? -1 : 1))
    .map((reading) => ({ reading, meter: meterOf(reading) }));
  return inOrder.flatMap(({ reading, meter }, index) => {
    const later = inOrder.slice(index + 1).map((other) => shown(other.meter));
    if (later.length === 0 || later.some((other) => isLower(other, shown(meter)))) return [];
    const date = reading.subject;
    const since = situation.since(reading.read_at);
    const wasOver = situation.isOver(date, reading.read_at);
    if (reading.method === situation.method) {
      return [foldDay(meter, report, wasOver || since.mayBeBack(date) ? "over" : "running", true)];
    }
    // Of a day that went on, a later reading that put it right may have grown beyond it.
    const isHidden = wasOver && since.mayBeLost(date) && !since.mayBeBack(date);
    return isHidden ? [foldDay(meter, report, "running", false)] : [];
  });
}

function fuller(meter: Meter, other: Meter): Meter {
  return sumTokens(shown(other)) > sumTokens(shown(meter)) ? other : meter;
}

/** Folds a session's report, or its absence from one, into its latest reading, if any. */
export function foldSessionReading(
  subject: Subject,
  before: Reading | undefined,
  report: SessionUsage | undefined,
  situation: Situation,
): Change {
  const activity = report && {
    first_activity: report.firstActivity,
    last_activity: report.lastActivity,
    last_activity_at: report.lastActivityAt,
  };
  if (before === undefined) return added(subject, report?.cells ?? [], true, situation, activity);

  // A project folder is not missing from a report of sessions, nor a session from one of folders.
  const isFolder = before.last_activity_at === null;
  if (report === undefined && isFolder !== situation.sessionsAreFolders) return unchanged;

  const sameMethod = before.method === situation.method;
  const lastActivity = before.last_activity_at ?? before.last_activity;
  if (
    sameMethod &&
    report !== undefined &&
    lastActivity === (report.lastActivityAt ?? report.lastActivity) &&
    before.reported === JSON.stringify(report.cells)
  ) {
    return unchanged;
  }

  const old = meterOf(before);
  if (situation.overlapped && isLower(report?.cells ?? [], old.reported)) return unchanged;
  const meter = foldSession({ ...old, activity: lastActivity }, report, sameMethod);
  if (meter === undefined) return unchanged;
  const isMissing = report === undefined;
  const reading = { ...written(before, meter, { ...situation, isMissing }), ...activity };
  if (
    sameMethod &&
    sameFigures(reading, before) &&
    reading.last_activity_at === before.last_activity_at
  ) {
    return unchanged;
  }
  return {
    ...unchanged,
    reading,
    fate: report === undefined ? "kept" : fateOf(old, meter, sameMethod),
  };
}

const unchanged: Change = { reading: undefined, fate: "unchanged", kept: { tokens: 0, cost: 0 } };

function added(
  subject: Subject,
  cells: readonly Cell[],
  whole: boolean,
  { method, readAt }: Situation,
  activity?: Pick<Reading, "first_activity" | "last_activity" | "last_activity_at">,
): Change {
  const reading: Reading = {
    kind: subject.kind,
    subject: subject.subject,
    project_path: subject.project_path,
    agent: subject.agent,
    machine: subject.machine,
    method,
    reported: JSON.stringify(cells),
    carried: "[]",
    whole: whole ? 1 : 0,
    shown: 0,
    first_activity: null,
    last_activity: null,
    last_activity_at: null,
    ...activity,
    first_read_at: readAt,
    read_at: readAt,
    last_read_at: readAt,
  };
  return { ...unchanged, reading, fate: "added" };
}

function dayRule(
  date: string,
  {
    sameMethod,
    wasOver,
    wasGone,
    situation,
  }: { sameMethod: boolean; wasOver: boolean; wasGone: boolean; situation: Situation },
): DayRule {
  if (situation.outrun || situation.mayBeBack(date)) return "over";
  // Whoever counts what turns up again of a finished day, it was there before.
  if (wasOver && (sameMethod || wasGone)) return "over";
  if (sameMethod) return "running";
  return !situation.mayBeLost(date) && situation.isWhole(date) ? "recount" : "running";
}

/** Whether a report shows fewer tokens of any kind. */
export function isLower(report: readonly Cell[], than: readonly Cell[]): boolean {
  return tokenKinds.some((kind) => sumKind(report, kind) < sumKind(than, kind));
}

/** A report that misses the subject counts nothing of it: the reading stays its method's. */
function written(
  before: Reading,
  meter: Meter,
  { method, readAt, isMissing }: { method: string; readAt: string; isMissing: boolean },
): Reading {
  const figures = {
    reported: JSON.stringify(meter.reported),
    carried: JSON.stringify(meter.carried),
    read_at: readAt,
  };
  if (isMissing) return { ...before, ...figures };
  const firstReadAt = before.method === method ? before.first_read_at : readAt;
  return { ...before, ...figures, method, first_read_at: firstReadAt, last_read_at: readAt };
}

function sameFigures(a: Reading, b: Reading): boolean {
  return a.reported === b.reported && a.carried === b.carried;
}

/** What became of a subject that lost nothing. A finished day only differs because of the counting. */
function fateOf(before: Meter, after: Meter, canGrow: boolean): Fate {
  const [old, now] = [shown(before), shown(after)];
  const grown = sumTokens(now) - sumTokens(old);
  if (grown === 0) return sumCost(now) === sumCost(old) ? "unchanged" : "repriced";
  return grown > 0 && canGrow ? "grown" : "recounted";
}
