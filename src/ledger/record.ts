import { addDays, inZone, type DayOf } from "../dates.ts";
import { UserError } from "../errors.ts";
import type { Method, Project, Report, SessionUsage, Transcript } from "../usage.ts";
import { canonical } from "./cells.ts";
import {
  foldDayReading,
  foldSessionReading,
  isLower,
  type Change,
  type Situation,
} from "./change.ts";
import type { Books } from "./open.ts";
import { recordProjects } from "./projects.ts";
import {
  latestOf,
  meterOf,
  readingStore,
  subjectKey,
  type Reading,
  type Subject,
} from "./readings.ts";
import {
  nothingChanged,
  readOthersSince,
  recordMethod,
  recordSuccess,
  startOfOverlapping,
  type Effort,
  type Fingerprint,
  type Outcome,
  type Run,
  type Tally,
} from "./runs.ts";
import { isFresh, loadPrior, type Prior } from "./prior.ts";
import { settler } from "./seed-tables.ts";
import { nothingMoved, recordTranscripts, transcriptsChangedSince } from "./transcripts.ts";

/** A report, and what must be known to fold it into the books. */
export interface Fetched {
  run: Run;
  method: Method;
  report: Report;
  transcripts: Transcript[];
  /** Those new to the books. */
  projects: Project[];
  /** How many days Claude Code keeps a transcript. */
  retentionDays: number;
  /**
   * The day that a report of recent transcripts is about, which says nothing of days and sessions begun
   * before; null for a report of all transcripts.
   */
  today: string | null;
  effort: Effort;
  fingerprint: Fingerprint;
  /** The machine goes by its host name, which nobody has confirmed. */
  machineIsGuessed: boolean;
}

/**
 * Folds a report into the books: readings, the seed tables and the run, all in one transaction.
 * Recording the same report twice changes nothing but the list of runs. `prior` is what the books
 * held a moment ago; should somebody have written since, it is loaded anew.
 * @throws UserError when the machine's days are counted in another time zone.
 */
export function record(books: Books, fetched: Fetched, prior: Prior): Outcome {
  const { run, today } = fetched;
  const transaction = books.transaction((dayOf: DayOf) => {
    const now = isFresh(books, prior) ? prior : loadPrior(books, run, today ?? undefined);
    return fold(books, fetched, now, dayOf);
  });
  return inZone(run.timezone, transaction.immediate);
}

function fold(books: Books, fetched: Fetched, prior: Prior, dayOf: DayOf): Outcome {
  const start = performance.now();
  const { run, report, today } = fetched;
  const { machine, agent } = run;
  const countedAs = prior.run === undefined ? sameMachine(books, fetched) : undefined;
  if (countedAs !== undefined && fetched.machineIsGuessed) {
    throw new UserError(
      `These transcripts are in the books already, as those of the machine ${countedAs}; fetch with --machine ${countedAs}, ` +
        `or with --machine ${machine} if this really is another one.`,
    );
  }
  const situation = situationOf(books, fetched, prior, dayOf);
  const store = readingStore(books);
  const settle = settler(books);
  const outcome: Outcome = { ...nothingChanged(), countedAs };

  /** Folds one subject. `live` is its latest reading if its last report still showed something. */
  const apply = (
    subject: Subject,
    live: Reading | undefined,
    tally: Tally,
    change: (before: Reading | undefined) => Change,
  ): void => {
    const asleep = live === undefined ? store.all(subject) : undefined;
    const { reading, fate, kept } = change(live ?? latestOf(asleep ?? []));
    tally[fate] += 1;
    outcome.kept.tokens += kept.tokens;
    outcome.kept.cost += kept.cost;
    if (reading === undefined) return;
    const others = (asleep ?? store.all(subject)).filter(({ method }) => method !== reading.method);
    settle([...others, reading], reading);
  };

  // ccusage lists a day on which Claude answered and nothing was used; without tokens it is no day of usage.
  const reportedDays = new Map(
    report.days
      .filter(({ date, cells }) => cells.length > 0 && (today === null || date >= today))
      .map((day) => [day.date, canonical(day.cells)]),
  );
  for (const date of new Set([...reportedDays.keys(), ...prior.days.keys()])) {
    const subject: Subject = { kind: "day", subject: date, project_path: "", agent, machine };
    const cells = reportedDays.get(date) ?? [];
    apply(subject, prior.days.get(date), outcome.days, (before) =>
      foldDayReading(subject, before, () => store.all(subject), cells, situation),
    );
  }

  const reportedSessions = new Set<string>();
  for (const session of report.sessions) {
    const { sessionId, projectPath } = session;
    const key = subjectKey(sessionId, projectPath);
    reportedSessions.add(key);
    if (today !== null && !beganOn(today, session, store)) continue;
    const subject: Subject = {
      kind: "session",
      subject: sessionId,
      project_path: projectPath,
      agent,
      machine,
    };
    apply(subject, prior.sessions.get(key), outcome.sessions, (before) =>
      foldSessionReading(subject, before, session, situation),
    );
  }
  for (const [key, vanished] of prior.sessions) {
    if (reportedSessions.has(key)) continue;
    apply(vanished, vanished, outcome.sessions, (before) =>
      foldSessionReading(vanished, before, undefined, situation),
    );
  }

  recordProjects(books, fetched.projects);
  const { effort, fingerprint } = fetched;
  outcome.writeMs = Math.round(performance.now() - start);
  recordSuccess(books, run, outcome, effort, fingerprint);
  return outcome;
}

/**
 * Whether a report of recent transcripts shows less of a day than the books do, so that there must be
 * usage of the day in other transcripts after all. Then only a report of all of them will do.
 */
export function showsLess(report: Report, prior: Prior): boolean {
  const days = new Map(report.days.map(({ date, cells }) => [date, cells]));
  return [...prior.days].some(([date, { reported }]) =>
    isLower(days.get(date) ?? [], meterOf({ reported, carried: "[]" }).reported),
  );
}

/**
 * Whether a session began on the day that a report of recent transcripts is about: one that began before
 * may have older transcripts, which the report has not seen.
 */
function beganOn(
  today: string,
  { sessionId, firstActivity }: SessionUsage,
  store: ReturnType<typeof readingStore>,
): boolean {
  return (
    firstActivity === today &&
    store.ofSession(sessionId).every((reading) => reading.first_activity === today)
  );
}

/**
 * Another machine whose transcripts these already are: one that was counted on the same day to the
 * last token. Only a machine new to the books is asked about.
 */
function sameMachine(books: Books, { run, report }: Fetched): string | undefined {
  const sameDay = books
    .prepare<[string, string, string, string], string>(
      `SELECT machine FROM reading WHERE kind = 'day' AND subject = ? AND project_path = ''
       AND agent = ? AND machine <> ? AND reported = ?`,
    )
    .pluck();
  for (const { date, cells } of report.days) {
    const other = sameDay.get(date, run.agent, run.machine, JSON.stringify(canonical(cells)));
    if (other !== undefined) return other;
  }
  return undefined;
}

function situationOf(
  books: Books,
  { run, method, transcripts, retentionDays }: Fetched,
  prior: Prior,
  dayOf: DayOf,
): Situation {
  const previous = prior.run;
  if (previous !== undefined && previous.timezone !== run.timezone) {
    throw new UserError(
      `The days of ${run.machine} are counted in ${previous.timezone} in these books, and counting them in ` +
        `${run.timezone} too would count evenings twice; fetch with --timezone ${previous.timezone}.`,
    );
  }
  const other = startOfOverlapping(books, run);
  const outrun = other !== undefined && other > run.startedAt;
  // The list of a run that began later is the newer one.
  const moved = outrun
    ? nothingMoved
    : recordTranscripts(books, run.machine, transcripts, prior.transcripts, run.startedAt);
  // A transcript holds nothing later than when it was last written.
  const canHold = (writtenUpTo: number | null, date: string): boolean =>
    writtenUpTo !== null && dayOf(new Date(writtenUpTo)) >= date;
  const oldestWhole = addDays(dayOf(new Date(run.startedAt)), -retentionDays);
  return {
    method: recordMethod(books, method),
    readAt: run.startedAt,
    mayBeBack: (date) =>
      canHold(moved.restoredUpTo, date) ||
      (previous !== undefined && previous.log_folders !== JSON.stringify(run.logFolders)),
    mayBeLost: (date) => canHold(moved.vanishedUpTo, date),
    since: (instant) => {
      const changed = transcriptsChangedSince(books, run.machine, instant);
      const readOthers = readOthersSince(books, run, instant);
      return {
        mayBeBack: (date) => readOthers || canHold(changed.restoredUpTo, date),
        mayBeLost: (date) => canHold(changed.vanishedUpTo, date),
      };
    },
    overlapped: other !== undefined,
    outrun,
    sessionsAreFolders: Number.parseInt(method.ccusageVersion, 10) < 20,
    // A reading of tomorrow is one of a clock that was wrong, and says nothing of when it was made.
    isOver: (date, readAt) => readAt <= run.startedAt && dayOf(new Date(readAt)) > date,
    isWhole: (date) => date >= oldestWhole,
  };
}
