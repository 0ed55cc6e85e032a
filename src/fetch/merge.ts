import { statSync } from "node:fs";

import { namedTimezone, newUid, thisMachine, type Machine } from "../config/machine.ts";
import { readSettings, type Settings } from "../config/settings.ts";
import { dayAt } from "../dates.ts";
import { UserError } from "../errors.ts";
import { isIn, keepSaved, savedUsage, type Span } from "../ledger/saved.ts";
import { findMachine, type MachineRow } from "../ledger/machines.ts";
import { withBooks, withForeignBooks, type Books } from "../ledger/open.ts";
import type { Run } from "../ledger/runs.ts";
import { sumUp } from "../ledger/seed-tables.ts";
import { knownTranscripts } from "../ledger/transcripts.ts";
import { configFolderAt, hasProjects } from "../sources/claude-code/folders.ts";
import { FIRST_INSTANT } from "../sources/claude-code/scan.ts";
import { listTranscripts } from "../sources/claude-code/transcripts.ts";
import { readTotals, type Totals } from "../readers/totals.ts";
import { version } from "../version.ts";
import { countBooks, counterOf, type CounterFlags } from "./count-books.ts";
import { inRun } from "./run.ts";
import { changedTranscripts, endOfTomorrow } from "./changed.ts";
import { noteWhatIsGone, scanAndKeep } from "./scan.ts";
import { admitMachine, keptRow } from "./this-machine.ts";

/** What one file or folder brought. */
export interface Brought {
  file: string;
  /** Calls that were new, and of which more is known than before. */
  added: number;
  changed: number;
  /** Days and sessions of saved reports. */
  saved: number;
  /** Rows or lines that were not let in. */
  refused: number;
}

export interface MergeOptions {
  /** Whose transcripts or reports they are; undefined: this machine's. */
  machine: string | undefined;
  /** Where that machine's days begin; undefined: as here. */
  timezone: string | undefined;
}

/**
 * Takes files and folders in, one after the other, and has what they bring counted.
 * @throws UserError when one cannot be merged; what those before it brought stays, and the next fetch counts it.
 */
export async function mergeIntoBooks(
  path: string,
  files: readonly string[],
  options: MergeOptions & CounterFlags,
): Promise<{ brought: Brought[]; totals: Totals }> {
  const here = thisMachine({ machine: undefined, timezone: undefined });
  const settings = await readSettings();
  return withBooks(path, async (books) => {
    const startedAt = new Date().toISOString();
    const machine = admitMachine(books, here, undefined, startedAt);
    const run: Run = {
      ...{ command: "merge", machine: machine.id, ccbooksVersion: version() },
      ...{ logFolders: files, startedAt },
    };
    const brought: Brought[] = [];
    await inRun(books, run, async (runId) => {
      const start = performance.now();
      runId();
      for (const file of files) brought.push(await mergeFile(books, file, options, settings));
      const scanMs = Math.round(performance.now() - start);
      const counter = await counterOf(options, settings);
      const today = dayAt(Date.now(), machine.timezone).date;
      const counted = await countBooks(books, counter, { runId, today });
      const sum = (name: "added" | "changed"): number =>
        brought.reduce((total, one) => total + one[name], 0);
      return {
        ...counted,
        ...{ callsAdded: sum("added"), callsChanged: sum("changed") },
        ...{ filesSeen: files.length, filesRead: files.length, bytesRead: 0 },
        ...{ scanMs, countMs: Math.round(performance.now() - start) - scanMs },
      };
    });
    return { brought, totals: readTotals(books) };
  });
}

/**
 * Takes in other books, a folder of transcripts, or a saved ccusage report (`*.json`).
 * @throws UserError when there is nothing there that can be merged.
 */
async function mergeFile(
  books: Books,
  file: string,
  options: MergeOptions,
  { titles }: Settings,
): Promise<Brought> {
  const at = new Date().toISOString();
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new UserError(`There is no ${file} to merge; check the path.`);
  if (stat.isDirectory()) {
    const machine = machineOf(books, options, at);
    return { file, ...(await mergeFolder(books, file, machine, titles, at)) };
  }
  if (!stat.isFile()) {
    throw new UserError(
      `${file} is no file; name books, a folder of transcripts or a saved report.`,
    );
  }
  if (file.endsWith(".json")) {
    const machine = machineOf(books, options, at);
    return { file, ...(await mergeReport(books, file, machine, stat.mtime.toISOString(), at)) };
  }
  return { file, ...(await mergeOther(books, file, at)) };
}

/** The machine that transcripts or reports are of: by its name one that the books know, or a new one. */
function machineOf(books: Books, options: MergeOptions, at: string): MachineRow {
  const here = thisMachine({ machine: options.machine, timezone: undefined });
  const zone = options.timezone === undefined ? undefined : namedTimezone(options.timezone);
  // In one transaction, so that two merges at once do not make two machines of one name.
  const admit = books.transaction(() => {
    const known = here.uid === null ? findMachine(books, { name: here.name }) : undefined;
    const machine: Machine = known ?? {
      uid: here.uid ?? newUid(),
      name: here.name,
      timezone: zone ?? here.timezone,
    };
    if (zone !== undefined && zone !== machine.timezone) {
      throw new UserError(
        `The books count the days of ${machine.name} in ${machine.timezone}; leave --timezone out.`,
      );
    }
    return keptRow(books, machine, at);
  });
  return admit.immediate();
}

type What = Omit<Brought, "file">;

async function mergeFolder(
  books: Books,
  path: string,
  machine: MachineRow,
  titles: boolean,
  at: string,
): Promise<What> {
  const folder = configFolderAt(path);
  if (!hasProjects(folder)) {
    throw new UserError(
      `${path} has no projects/ in it, as Claude Code's folder does; name that folder, or a file.`,
    );
  }
  const listing = listTranscripts([folder]);
  const latest = endOfTomorrow(Date.parse(at), machine.timezone);
  const known = knownTranscripts(books, machine.id);
  const toScan = changedTranscripts(listing.transcripts, known, { full: false, latest });
  noteWhatIsGone(books, listing, known, [`${folder}/projects`], at);
  const keeping = { machine: machine.id, uid: machine.uid, seenAt: at };
  const scan = await scanAndKeep(books, keeping, toScan, known, {
    ...{ latest, titles },
    onProgress: undefined,
  });
  return { ...scan.kept, saved: 0, refused: scan.setAside };
}

async function mergeReport(
  books: Books,
  file: string,
  machine: MachineRow,
  savedAt: string,
  at: string,
): Promise<What> {
  const { readSavedReport } = await import("../sources/ccusage/saved.ts");
  const all = savedUsage(readSavedReport(file, machine.timezone), machine.id, savedAt);
  const saved = all.filter((one) => isIn(spanAt(at), one));
  const take = books.transaction(() => {
    const kept = keepSaved(books, saved);
    const changed = {
      days: kept.filter(({ kind }) => kind === "day").map(({ subject }) => subject),
      sessions: kept.filter(({ kind }) => kind === "session").map(({ subject }) => subject),
    };
    sumUp(books, { sessionDays: [], saved: changed }, at);
    return kept.length;
  });
  return { added: 0, changed: 0, saved: take.immediate(), refused: all.length - saved.length };
}

async function mergeOther(books: Books, file: string, at: string): Promise<What> {
  const [{ mergeBooks }, { ForeignReader }] = await Promise.all([
    import("../ledger/merge.ts"),
    import("../ledger/foreign-books.ts"),
  ]);
  return withForeignBooks(file, (other) =>
    mergeBooks(books, new ForeignReader(other, file), spanAt(at), at),
  );
}

/** When usage can have been, as far as is known at a moment. */
function spanAt(at: string): Span {
  return { first: FIRST_INSTANT, last: endOfTomorrow(Date.parse(at), "UTC") };
}
