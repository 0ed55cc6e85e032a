import Database from "better-sqlite3";
import { expect } from "vitest";

import { merge, readCopy } from "../../src/ledger/merge.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import type { Books } from "../../src/ledger/open.ts";
import { loadPrior } from "../../src/ledger/prior.ts";
import { differences } from "../../src/ledger/rebuild.ts";
import { record, type Fetched } from "../../src/ledger/record.ts";
import {
  tokenKinds,
  type Cell,
  type Report,
  type Tokens,
  type Transcript,
} from "../../src/usage.ts";
import type { Effort } from "../../src/ledger/runs.ts";
import { seedTables } from "./home.ts";
import type { Release, World } from "./life.ts";

/** What a fetch of a life found. */
export interface Observation {
  at: Date;
  release: Release;
  /** What a release that counts right says. */
  report: Report;
  transcripts: Transcript[];
}

/** The part of a world that keeps books, given what a fetch would find at a moment of the life. */
export function watch(
  file: string,
  observe: (at: Date, release: Release) => Promise<Observation>,
): Omit<World, "put" | "remove" | "killFetch"> & { fetched(seen: Observation): Fetched } {
  const books = openBooks(file);
  let copies: Books[] = [];
  let runs = 0;

  const fetched = ({ at, release, report, transcripts }: Observation): Fetched => ({
    run: {
      id: `run ${++runs}`,
      machine: "m",
      agent: "claude",
      source: "ccusage",
      command: [],
      ccbooksVersion: "0",
      ccusageVersion: release.version,
      timezone: "UTC",
      prices: "built in",
      logFolders: [],
      startedAt: at.toISOString(),
      finishedAt: new Date(at.getTime() + 500).toISOString(),
    },
    method: { ccusageVersion: release.version, costMode: "auto", timezone: "UTC" },
    report: multiplied(report, release.times),
    transcripts,
    projects: [],
    retentionDays: 30,
    today: null,
    effort,
    fingerprint: { question: "", transcripts: "" },
    machineIsGuessed: false,
  });
  const into = (target: Books, what: Fetched): void =>
    void record(target, what, loadPrior(target, what.run));

  return {
    fetched,
    fetch: async (at, release) => into(books, fetched(await observe(at, release))),
    beginFetch: async (at, release) => {
      const { run, ...rest } = fetched(await observe(at, release));
      return (end) => into(books, { run: { ...run, finishedAt: end.toISOString() }, ...rest });
    },
    fetchElsewhere: async (at, release) => {
      const before = dump(books);
      const { run, ...rest } = fetched(await observe(at, release));
      const elsewhere = { run: { ...run, timezone: "Asia/Tokyo" }, ...rest };
      if (loadPrior(books, run).run === undefined) return;
      expect(() => into(books, elsewhere)).toThrow("would count evenings twice");
      expect(dump(books)).toBe(before);
    },
    shown: () => {
      const rows = books
        .prepare<[], Tokens & { date: string }>(
          `SELECT date, input_tokens AS inputTokens, output_tokens AS outputTokens,
            cache_creation_tokens AS cacheCreationTokens, cache_read_tokens AS cacheReadTokens
           FROM daily_usage`,
        )
        .all();
      return new Map(rows.map(({ date, ...tokens }) => [date, tokens]));
    },
    copy: () => void copies.push(openBooks(books.serialize())),
    fetchIntoCopy: async (at, release) => {
      const newest = copies.at(-1);
      if (newest !== undefined) into(newest, fetched(await observe(at, release)));
    },
    mergeCopies: (roll) => {
      const order = copies.flatMap((copy) => (roll(3) === 0 ? [copy, copy] : [copy]));
      for (let left = order.length; left > 1; left--) {
        const [one] = order.splice(roll(left), 1);
        if (one !== undefined) order.push(one);
      }
      const taken = order.map(readCopy);
      const before = readCopy(books);
      for (const copy of taken) merge(books, copy);

      const backwards = openBooks(":memory:");
      for (const copy of [...taken.toReversed(), before]) merge(backwards, copy);
      expect(dump(backwards)).toBe(dump(books));
      for (const one of [backwards, ...copies]) one.close();
      copies = [];
    },
    inspect: () => {
      expect(differences(books)).toEqual([]);
      expectPartsToAddUp(books);
      expect(books.pragma("integrity_check", { simple: true })).toBe("ok");
    },
    end: () => {
      for (const one of [books, ...copies]) one.close();
    },
  };
}

/** New books in a file or in memory, or the books that were serialized. */
function openBooks(from: string | Buffer): Books {
  const books = new Database(from);
  books.pragma("foreign_keys = ON");
  migrate(books, ":memory:");
  return books;
}

/** Every row of the seed tables as text. */
function dump(books: Books): string {
  return seedTables
    .flatMap((table) => [table, ...books.prepare(`SELECT * FROM ${table}`).raw().all()])
    .map((row) => JSON.stringify(row))
    .join("\n");
}

/** The model rows and the project rows of a day are the day. */
function expectPartsToAddUp(books: Books): void {
  const kinds = ["input", "output", "cache_creation", "cache_read", "unpriced"];
  const days = `SELECT date, ${kinds.map((kind) => `${kind}_tokens`).join(", ")} FROM daily_usage`;
  for (const parts of ["model_breakdown", "project_usage"]) {
    const sums = kinds.map((kind) => `SUM(${kind}_tokens)`).join(", ");
    const added = `SELECT date, ${sums} FROM ${parts} GROUP BY date`;
    expect(books.prepare(`${added} EXCEPT ${days}`).all()).toEqual([]);
    // A day of no tokens has no parts.
    const some = `${days} WHERE total_tokens > 0`;
    expect(books.prepare(`${some} EXCEPT ${added}`).all()).toEqual([]);
  }
}

/** Of a pass that read everything. */
const effort: Effort = {
  pass: "full",
  filesSeen: 0,
  filesRead: 0,
  bytesRead: 0,
  listMs: 0,
  linkMs: 0,
  ccusageMs: 0,
  validateMs: 0,
};

function multiplied(report: Report, times: number): Report {
  if (times === 0) return { days: [], sessions: [] };
  const cells = (list: Cell[]): Cell[] =>
    list.map((cell) => {
      const more = { ...cell, cost: cell.cost === null ? null : cell.cost * times };
      for (const kind of tokenKinds) more[kind] *= times;
      more.unpricedTokens *= times;
      return more;
    });
  return {
    days: report.days.map((day) => ({ ...day, cells: cells(day.cells) })),
    sessions: report.sessions.map((session) => ({ ...session, cells: cells(session.cells) })),
  };
}
