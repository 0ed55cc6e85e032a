import { thisMachine } from "../config/machine.ts";
import { databasePath } from "../config/paths.ts";
import { readSettings, type Settings } from "../config/settings.ts";
import { dayAt } from "../dates.ts";
import { markOutdated } from "../ledger/counted-with.ts";
import { hasUncounted } from "../ledger/counts.ts";
import type { MachineRow } from "../ledger/machines.ts";
import { withBooks, type Books } from "../ledger/open.ts";
import { newTally, openRun, type RunResult } from "../ledger/runs.ts";
import { knownTranscripts } from "../ledger/transcripts.ts";
import { readKept, type Kept } from "../readers/kept.ts";
import { readSetAside, type SetAside } from "../readers/set-aside.ts";
import { readTotals, type Totals } from "../readers/totals.ts";
import { findCcusage } from "../sources/ccusage/find.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { retentionDays } from "../sources/claude-code/retention.ts";
import { listTranscripts, type Listing } from "../sources/claude-code/transcripts.ts";
import { version } from "../version.ts";
import { countBooks, countedWith, type Counter } from "./count-books.ts";
import {
  changedTranscripts,
  endOfTomorrow,
  noteWhatIsGone,
  scanAndKeep,
  type Progress,
} from "./scan.ts";
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
  /** How long ccusage may take, in seconds. */
  timeout: number;
  onProgress?: (progress: Progress) => void;
}

export interface FetchResult {
  machine: MachineRow;
  startedAt: string;
  finishedAt: string;
  result: RunResult;
  /** What the books hold after the run, over all machines. */
  totals: Totals;
  /** What they hold of deleted transcripts. */
  kept: Kept;
  /** How many days Claude Code keeps transcripts. */
  retentionDays: number;
  /** The folders the transcripts were read from. */
  logFolders: string[];
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
    const run = openRun(books, {
      command: "fetch",
      machine: row.id,
      ccbooksVersion: version(),
      logFolders,
      startedAt,
    });
    try {
      const fetch = new Fetch(books, options, settings, row, logFolders, startedAt);
      const result = await fetch.run(() => run.id());
      const finishedAt = new Date().toISOString();
      run.finish(result, finishedAt);
      return { ...fetch.outcome(), machine: row, startedAt, finishedAt, result, logFolders };
    } catch (error) {
      run.fail(error, new Date().toISOString());
      throw error;
    }
  });
}

/** One fetch into opened books. */
class Fetch {
  readonly #books: Books;
  readonly #options: FetchOptions;
  readonly #settings: Settings;
  readonly #machine: MachineRow;
  readonly #folders: readonly string[];
  readonly #startedAt: string;
  #listing: Listing | undefined;
  readonly #unreadable: string[] = [];

  constructor(
    books: Books,
    options: FetchOptions,
    settings: Settings,
    machine: MachineRow,
    folders: readonly string[],
    startedAt: string,
  ) {
    this.#books = books;
    this.#options = options;
    this.#settings = settings;
    this.#machine = machine;
    this.#folders = folders;
    this.#startedAt = startedAt;
  }

  /** @param runId begins the run's row; nothing asks for it where there is nothing new */
  async run(runId: () => number): Promise<RunResult> {
    const start = performance.now();
    const scanned = await this.#scan(runId);
    const counter: Counter = {
      ccusage: await findCcusage(this.#options.ccusage),
      offline: this.#options.offline,
      timeout: this.#options.timeout,
      settings: this.#settings,
    };
    const scanMs = Math.round(performance.now() - start);
    const counted = await this.#count(counter, runId);
    const countMs = Math.round(performance.now() - start) - scanMs;
    return { ...scanned, ...counted, scanMs, countMs };
  }

  outcome(): Pick<FetchResult, "totals" | "kept" | "retentionDays" | "notRead"> {
    const listing = this.#listing;
    return {
      totals: readTotals(this.#books),
      kept: readKept(this.#books),
      retentionDays: retentionDays(this.#folders),
      notRead: {
        unreadable: [...(listing?.unreadable ?? []), ...this.#unreadable],
        notFiles: listing?.notFiles ?? [],
        setAside: readSetAside(this.#books, this.#machine.label),
      },
    };
  }

  async #scan(runId: () => number) {
    const books = this.#books;
    const { id, uid, timezone } = this.#machine;
    const listing = listTranscripts(this.#folders);
    this.#listing = listing;
    const latest = endOfTomorrow(Date.parse(this.#startedAt), timezone);
    const known = knownTranscripts(books, id);
    const toScan = changedTranscripts(listing, known, { full: this.#options.full, latest });
    const roots = this.#folders.map((folder) => `${folder}/projects`);
    noteWhatIsGone(books, listing, known, roots, this.#startedAt);
    const filesSeen = listing.transcripts.length;
    if (toScan.length === 0) {
      return { filesSeen, filesRead: 0, bytesRead: 0, callsAdded: 0, callsChanged: 0 };
    }
    runId();
    const { kept, unreadable, ...read } = await scanAndKeep(
      books,
      { machine: id, uid, seenAt: this.#startedAt },
      toScan,
      {
        latest,
        titles: this.#options.titles ?? this.#settings.titles,
        onProgress: this.#options.onProgress,
      },
    );
    this.#unreadable.push(...unreadable);
    return { filesSeen, ...read, callsAdded: kept.added, callsChanged: kept.changed };
  }

  async #count(counter: Counter, runId: () => number) {
    const books = this.#books;
    const reason = markOutdated(books, countedWith(counter));
    if (!hasUncounted(books)) {
      const none = { days: newTally(), sessions: newTally() };
      return { ...none, ccusageVersion: null, arguments: [], prices: null };
    }
    const countedAt = new Date().toISOString();
    const counted = await countBooks(books, counter, {
      run: runId(),
      countedAt,
      today: dayAt(Date.now(), this.#machine.timezone).date,
      reason: reason ?? { kind: "calls", detail: null },
      reprice: false,
    });
    return { ...counted, ccusageVersion: counter.ccusage.version };
  }
}
