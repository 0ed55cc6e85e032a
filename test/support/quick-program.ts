import { changedTranscripts, endOfTomorrow } from "../../src/fetch/changed.ts";
import { dayAt } from "../../src/dates.ts";
import { keptRow } from "../../src/fetch/this-machine.ts";
import { noteWhatIsGone, scanAndKeep } from "../../src/fetch/scan.ts";
import { inconsistencies } from "../../src/ledger/consistency.ts";
import { keepCountedWith, markOutdated, type CountedWith } from "../../src/ledger/counted-with.ts";
import {
  callReader,
  recordCounts,
  uncountedDays,
  type CountedCell,
  type UncountedDay,
} from "../../src/ledger/counts.ts";
import { ForeignReader } from "../../src/ledger/foreign-books.ts";
import { mergeBooks } from "../../src/ledger/merge.ts";
import type { Books } from "../../src/ledger/open.ts";
import { newTally, openRun, type OpenRun } from "../../src/ledger/runs.ts";
import { knownTranscripts } from "../../src/ledger/transcripts.ts";
import { reportedModel } from "../../src/sources/ccusage/releases.ts";
import { FIRST_INSTANT } from "../../src/sources/claude-code/scan.ts";
import { listTranscripts } from "../../src/sources/claude-code/transcripts.ts";
import { totalCallTokens } from "../../src/usage.ts";
import { booksFrom, dumpOf, emptyBooks, shownIn } from "./books.ts";
import type { Dice } from "./dice.ts";
import type { Computer, Fetching, Program } from "./life.ts";

/**
 * The program without its processes: real transcripts, the real scanner and ledger, books in memory, and
 * in place of ccusage a sum of the calls.
 */
export function quickProgram(roll: Dice): Program & { end(): void } {
  const shelf = new Map<number, Books>();
  let release = { version: 0, times: 1 };

  const at = (books: number): Books => {
    const found = shelf.get(books) ?? emptyBooks();
    shelf.set(books, found);
    return found;
  };
  const fetch = (books: Books, how: Fetching): QuickFetch => new QuickFetch(books, how, release);

  return {
    hasClock: true,
    async fetch(number, how) {
      const one = fetch(at(number), how);
      await one.read();
      one.countAll();
      one.finish();
    },
    async kill(number, how) {
      const one = fetch(at(number), how);
      const kind = roll(4);
      if (kind === 0) return "nothing";
      if (kind === 1) return (await one.readAndDie(roll(20))) ? "kept" : "nothing";
      await one.read();
      if (kind === 2) one.countSome();
      return "kept";
    },
    async slowly(number, how) {
      const one = fetch(at(number), how);
      let write = (): void => undefined;
      return {
        async read() {
          await one.read();
          write = one.countSlowly();
        },
        async write() {
          write();
          one.countAll();
          one.finish();
        },
      };
    },
    release(doubles) {
      release = { version: release.version + 1, times: doubles ? 2 : 1 };
    },
    copy(from, to) {
      const copy = booksFrom(at(from).serialize());
      shelf.get(to)?.close();
      shelf.set(to, copy);
    },
    async merge(into, from, by, when) {
      const books = at(into);
      const how: Fetching = { machine: by, folders: [], at: when, full: false };
      const one = fetch(books, how);
      const span = { first: FIRST_INSTANT, last: endOfTomorrow(when, "UTC") };
      for (const other of from) {
        mergeBooks(books, new ForeignReader(at(other), "other"), span, iso(when));
      }
      one.countAll();
    },
    shown: (books) => shownIn(at(books)),
    dump: (books) => dumpOf(at(books)),
    inconsistencies: (books) => inconsistencies(at(books)),
    end() {
      for (const books of shelf.values()) books.close();
    },
  };
}

const iso = (at: number): string => new Date(at).toISOString();

/** A kill, from within. */
class Killed extends Error {}

/** A fetch in steps, as src/fetch/fetch.ts does them. */
class QuickFetch {
  readonly #books: Books;
  readonly #how: Fetching;
  readonly #release: { version: number; times: number };
  readonly #latest: number;
  readonly #machine: number;
  readonly #today: string;
  readonly #toScan: ReturnType<typeof changedTranscripts>;
  readonly #known: ReturnType<typeof knownTranscripts>;
  readonly #run: OpenRun;

  constructor(books: Books, how: Fetching, release: { version: number; times: number }) {
    this.#books = books;
    this.#how = how;
    this.#release = release;
    const { folders, full, machine } = how;
    const row = keptRow(books, machineOf(machine), iso(how.at));
    this.#machine = row.id;
    this.#today = dayAt(how.at, row.timezone).date;
    this.#latest = endOfTomorrow(how.at, row.timezone);
    this.#run = openRun(books, {
      ...{ command: "fetch", machine: row.id, ccbooksVersion: "0" },
      ...{ logFolders: folders, startedAt: iso(how.at) },
    });
    const listing = listTranscripts(folders);
    const known = knownTranscripts(books, row.id);
    this.#known = known;
    this.#toScan = changedTranscripts(listing.transcripts, known, { full, latest: this.#latest });
    const roots = folders.map((folder) => `${folder}/projects`);
    noteWhatIsGone(books, listing, known, roots, iso(how.at));
  }

  async read(onProgress?: () => void): Promise<void> {
    const { machine, at } = this.#how;
    const keeping = { machine: this.#machine, uid: machine.uid, seenAt: iso(at) };
    const options = { latest: this.#latest, titles: true, onProgress };
    await scanAndKeep(this.#books, keeping, this.#toScan, this.#known, options);
  }

  /** Dies when so many files have been read. @returns whether it was done before that */
  async readAndDie(after: number): Promise<boolean> {
    let left = after;
    try {
      await this.read(() => {
        if (left === 0) throw new Killed();
        left -= 1;
      });
      return true;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return false;
    }
  }

  countAll(): void {
    const now: CountedWith = { ccusageVersion: `20.0.${this.#release.version}`, pricing: "one" };
    markOutdated(this.#books, now);
    for (;;) {
      const days = uncountedDays(this.#books, 400_000);
      if (days.length === 0) break;
      this.#record(days, cellsOf(this.#books, days, this.#release.times));
    }
    keepCountedWith(this.#books, now);
  }

  /** Is killed between two parts of a count. */
  countSome(): void {
    const days = uncountedDays(this.#books, 0);
    if (days.length > 0) this.#record(days, cellsOf(this.#books, days, this.#release.times));
  }

  /** Counts what is there now, to be written later. */
  countSlowly(): () => void {
    const days = uncountedDays(this.#books, 400_000);
    const cells = cellsOf(this.#books, days, this.#release.times);
    return () => this.#record(days, cells);
  }

  finish(): void {
    this.#run.finish(
      {
        ...{ filesSeen: 0, filesRead: 0, bytesRead: 0, scanMs: 0, countMs: 0 },
        ...{ callsAdded: 0, callsChanged: 0, days: newTally(), sessions: newTally() },
        ...{ ccusageVersion: null, arguments: [], prices: null },
      },
      iso(this.#how.at),
    );
  }

  #record(days: readonly UncountedDay[], cells: readonly CountedCell[]): void {
    recordCounts(this.#books, days, cells, new Set(), {
      run: this.#run.id(),
      countedAt: iso(this.#how.at),
      today: this.#today,
      reason: { kind: "calls", detail: null },
      reprice: false,
    });
  }
}

/** Merges books into new ones, in this order, and counts them. */
export function mergedBooks(others: readonly Books[], at: number): Books {
  const books = emptyBooks();
  const span = { first: FIRST_INSTANT, last: endOfTomorrow(at, "UTC") };
  for (const other of others) {
    mergeBooks(books, new ForeignReader(other, "other"), span, iso(at));
  }
  return books;
}

/** Counts what is to be counted of books that no machine has fetched into. */
export function countMerged(books: Books, at: number): void {
  const machine = books.prepare<[], number>("SELECT MIN(id) FROM machine").pluck().get() ?? 0;
  const run = openRun(books, {
    ...{ command: "merge", machine, ccbooksVersion: "0", logFolders: [], startedAt: iso(at) },
  });
  const days = uncountedDays(books, Infinity);
  recordCounts(books, days, cellsOf(books, days, 1), new Set(), {
    run: run.id(),
    countedAt: iso(at),
    today: iso(at).slice(0, 10),
    reason: { kind: "calls", detail: null },
    reprice: false,
  });
}

/** The cells of some days, each at a 1024th of a dollar a token, which adds up without an error. */
function cellsOf(books: Books, days: readonly UncountedDay[], times: number): CountedCell[] {
  const callsOf = callReader(books);
  const cells = new Map<string, CountedCell>();
  for (const { id: day } of days) {
    for (const call of callsOf(day)) {
      const model = reportedModel(call);
      const isPriced = !model.includes("unheard");
      const total = times * totalCallTokens(call);
      const key = `${day} ${model}`;
      const sum = cells.get(key);
      cells.set(key, {
        ...{ day, model, pricedBy: isPriced ? "ccusage" : null },
        inputTokens: (sum?.inputTokens ?? 0) + times * call.inputTokens,
        outputTokens: (sum?.outputTokens ?? 0) + times * call.outputTokens,
        cacheCreationTokens:
          (sum?.cacheCreationTokens ?? 0) +
          times * (call.cacheCreation5mTokens + call.cacheCreation1hTokens),
        cacheCreation1hTokens:
          (sum?.cacheCreation1hTokens ?? 0) + times * call.cacheCreation1hTokens,
        cacheReadTokens: (sum?.cacheReadTokens ?? 0) + times * call.cacheReadTokens,
        cost: isPriced ? (sum?.cost ?? 0) + total / 1024 : null,
        unpricedTokens: isPriced ? 0 : (sum?.unpricedTokens ?? 0) + total,
      });
    }
  }
  return [...cells.values()];
}

function machineOf({ uid, name, timezone }: Computer) {
  return { uid, name, timezone };
}
