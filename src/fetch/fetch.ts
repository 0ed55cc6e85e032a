import type { FiredBudget } from "../budgets/check.ts";
import { thisMachine } from "../config/machine.ts";
import { databasePath } from "../config/paths.ts";
import { readSettings, type Settings } from "../config/settings.ts";
import { dayAt } from "../dates.ts";
import { UserError } from "../errors.ts";
import { isAuditDue, keepAudit, type Audit } from "../ledger/audits.ts";
import { hasBudgets } from "../ledger/budgets.ts";
import { hasDeliveries } from "../ledger/deliveries.ts";
import type { MachineRow } from "../ledger/machines.ts";
import { withBooks, type Books } from "../ledger/open.ts";
import type { Run, RunResult } from "../ledger/runs.ts";
import { knownTranscripts } from "../ledger/transcripts.ts";
import { readDiffering } from "../readers/differing.ts";
import { readKept, type Kept } from "../readers/kept.ts";
import { readSetAside, type SetAside } from "../readers/set-aside.ts";
import { readTotals, type Totals } from "../readers/totals.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { retentionDays } from "../sources/claude-code/retention.ts";
import { listTranscripts, type Listing } from "../sources/claude-code/transcripts.ts";
import { version } from "../version.ts";
import { changedTranscripts, endOfTomorrow } from "./changed.ts";
import { countBooks, counterOf, type Counter } from "./count-books.ts";
import { inRun } from "./run.ts";
import { noteWhatIsGone, scanAndKeep, type Progress } from "./scan.ts";
import { admitMachine } from "./this-machine.ts";

/** What a fetch may be told; undefined means the environment's or the default. */
export interface FetchOptions {
  db: string | undefined;
  machine: string | undefined;
  timezone: string | undefined;
  ccusage: string | undefined;
  offline: boolean;
  /** Read every transcript from its start, whether or not it has changed. */
  full: boolean;
  /** Whether titles of sessions are kept; undefined: as the settings say. */
  titles: boolean | undefined;
  /** Whether budgets are looked at when all is counted. */
  check: boolean;
  /** How long ccusage may take, in seconds. */
  timeout: number;
  /** The row of a fetch that this one goes on with: see `Run`. */
  goesOn?: number | null;
  onProgress?: (progress: Progress) => void;
}

export interface FetchResult {
  machine: MachineRow;
  startedAt: string;
  finishedAt: string;
  /** Its row; null where it found nothing new, and shares one. */
  row: number | null;
  result: RunResult;
  /** What the books hold after the run, over all machines. */
  totals: Totals;
  /** What they hold of deleted transcripts. */
  kept: Kept;
  /** How many days Claude Code keeps transcripts. */
  retentionDays: number;
  /** The folders the transcripts were read from. */
  logFolders: string[];
  /** What an audit found, if one was due. */
  audit: Audit | null;
  /** Days of this machine of which ccusage's figure is not the sum of the calls. */
  differing: string[];
  /** Budgets that have come near their limit or reached it since the last look. */
  budgets: FiredBudget[];
  /** Whether somebody is to be told of budgets, now or again. */
  hasAlerts: boolean;
  /** What is there and not in the books. */
  notRead: {
    /** Files and folders that may not be read. */
    unreadable: string[];
    /** Named like transcripts, but no files. */
    notFiles: string[];
    /** Lines that were not let in, by transcript and reason. */
    setAside: SetAside[];
  };
}

/**
 * Scans the transcripts that have changed, keeps their calls, and has ccusage count what that changed.
 * @throws UserError on everything the user can put right. What was kept by then stays kept, and the next fetch goes on.
 */
export async function fetchUsage(options: FetchOptions): Promise<FetchResult> {
  const machine = thisMachine(options);
  const settings = await readSettings();
  const logFolders = claudeFolders();
  return withBooks(databasePath(options.db), async (books) => {
    const startedAt = new Date().toISOString();
    const row = admitMachine(books, machine, options.timezone, startedAt);
    const run: Run = {
      command: "fetch",
      machine: row.id,
      ccbooksVersion: version(),
      ...{ logFolders, startedAt, goesOn: options.goesOn ?? null },
    };
    const listing = listTranscripts(logFolders);
    let audit: Audit | null = null;
    const {
      finishedAt,
      row: runRow,
      unreadable,
      ...result
    } = await inRun(books, run, async (runId) => {
      const start = performance.now();
      const scan = { machine: row, folders: logFolders, listing, startedAt };
      const scanned = await scanChanged(books, scan, options, settings, runId);
      const counter = await counterOf(options, settings);
      const scanMs = Math.round(performance.now() - start);
      const today = dayAt(Date.now(), row.timezone).date;
      const counted = await countBooks(books, counter, { runId, today });
      const countMs = Math.round(performance.now() - start) - scanMs;
      const isDue = isAuditDue(books, row.id, counter.ccusage.version, Date.parse(startedAt));
      // A week with nothing new has nothing to show.
      const isNew = scanned.callsAdded > 0;
      audit = isDue && isNew ? await audited(books, row, logFolders, counter) : null;
      return { ...scanned, ...counted, scanMs, countMs };
    });
    return {
      ...{ machine: row, startedAt, finishedAt, row: runRow, result, logFolders, audit },
      differing: readDiffering(books, row.label),
      budgets: options.check ? await firedBudgets(books, row.timezone, settings) : [],
      hasAlerts: options.check && hasDeliveries(books, new Date().toISOString()),
      totals: readTotals(books),
      kept: readKept(books),
      retentionDays: retentionDays(logFolders),
      notRead: {
        unreadable: [...listing.unreadable, ...unreadable],
        notFiles: listing.notFiles,
        setAside: readSetAside(books, row.label),
      },
    };
  });
}

/** Where nobody set a budget, nothing of them is even loaded. */
async function firedBudgets(
  books: Books,
  timezone: string,
  settings: Settings,
): Promise<FiredBudget[]> {
  if (!hasBudgets(books)) return [];
  const { checkBudgets } = await import("../budgets/check.ts");
  return checkBudgets(books, {
    timezone,
    now: Date.now(),
    channels: Object.keys(settings.channels),
  });
}

/** An audit that cannot be made is no reason for a fetch to fail: the next one tries again. */
async function audited(
  books: Books,
  machine: MachineRow,
  folders: readonly string[],
  counter: Counter,
): Promise<Audit | null> {
  try {
    const { compareWithCcusage } = await import("./audit.ts");
    const audit = await compareWithCcusage(books, folders, counter);
    keepAudit(books, machine.id, audit);
    return audit;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Reads what has changed, and notes what has been deleted. */
async function scanChanged(
  books: Books,
  {
    machine: { id, uid, timezone },
    folders,
    listing,
    startedAt,
  }: { machine: MachineRow; folders: readonly string[]; listing: Listing; startedAt: string },
  options: FetchOptions,
  settings: Settings,
  runId: () => number,
) {
  const latest = endOfTomorrow(Date.parse(startedAt), timezone);
  const known = knownTranscripts(books, id);
  const toScan = changedTranscripts(listing.transcripts, known, { full: options.full, latest });
  const roots = folders.map((folder) => `${folder}/projects`);
  noteWhatIsGone(books, listing, known, roots, startedAt);
  if (toScan.length > 0) runId();
  const {
    kept,
    setAside: _,
    ...read
  } = await scanAndKeep(books, { machine: id, uid, seenAt: startedAt }, toScan, known, {
    latest,
    titles: options.titles ?? settings.titles,
    onProgress: options.onProgress,
  });
  const filesSeen = listing.transcripts.length;
  return { filesSeen, ...read, callsAdded: kept.added, callsChanged: kept.changed };
}
