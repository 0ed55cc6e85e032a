import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { inconsistencies } from "../src/ledger/consistency.ts";
import { dumpOf } from "./support/books.ts";
import { dice, shuffled, type Dice } from "./support/dice.ts";
import { newHome } from "./support/home.ts";
import { expectSameLines, Life, type Program } from "./support/life.ts";
import { countMerged, mergedBooks, quickProgram } from "./support/quick-program.ts";
import { randomBooks } from "./support/random-books.ts";
import { realProgram } from "./support/real-program.ts";
import { say, transcriptPath } from "./support/transcripts.ts";

/** A nightly run asks for more: CCBOOKS_LIVES=2000, CCBOOKS_REAL_LIVES=50, CCBOOKS_MERGES=5000. */
const LIVES = Number(process.env["CCBOOKS_LIVES"] ?? 25);
const REAL_LIVES = Number(process.env["CCBOOKS_REAL_LIVES"] ?? 2);
const MERGES = Number(process.env["CCBOOKS_MERGES"] ?? 30);

/** The seed of the first life, to live one that went wrong again. */
const FIRST = Number(process.env["CCBOOKS_FIRST_LIFE"] ?? 1);

const HOURS = 3_600_000;

test(
  `in ${LIVES} random lives every call that any fetch saw is in the books once`,
  async () => {
    const total = new Totals();
    for (let seed = FIRST; seed < FIRST + LIVES; seed++) {
      await live(seed, 80, total, (_, roll) => quickProgram(roll));
    }
    total.say(`${LIVES} random lives`);
    expect(total.counts["fetches"]).toBeGreaterThan(LIVES * 10);
  },
  9 * HOURS,
);

test(
  `in ${REAL_LIVES} random lives through the real ccusage the books equal its count of all lines ever written`,
  async () => {
    const total = new Totals();
    const seeds = Array.from({ length: REAL_LIVES }, (_, index) => FIRST + index);
    const liveThem = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        await live(seed, 24, total, realProgram);
      }
    };
    await Promise.all([liveThem(), liveThem()]);
    total.say(`${REAL_LIVES} random lives through the real ccusage`);
    expect(total.counts["fetches"]).toBeGreaterThan(REAL_LIVES * 2);
  },
  9 * HOURS,
);

test(
  `${MERGES} random merges give the same books in any order, some twice, some by way of others`,
  () => {
    const roll = dice(FIRST);
    const at = Date.parse("2026-10-26T12:00:00Z");
    for (let merge = 0; merge < MERGES; merge++) {
      const files = Array.from({ length: 2 + roll(3) }, () => randomBooks(roll));
      const forth = mergedBooks(files, at);
      const again = files.filter(() => roll(3) === 0);
      const back = mergedBooks(shuffled(roll, [...files, ...again]), at);
      // What was merged before is merged like any other books.
      const [first, ...rest] = shuffled(roll, files);
      const half = mergedBooks(first === undefined ? [] : [first], at);
      const byWay = mergedBooks([mergedBooks(rest, at), half], at);
      try {
        for (const books of [forth, back, byWay]) countMerged(books, at);
        const dump = dumpOf(forth);
        for (const books of [back, byWay]) expectSameLines(dumpOf(books), dump);
        expect(inconsistencies(forth)).toEqual([]);
      } catch (error) {
        throw new Error(`merge ${merge} went wrong`, { cause: error });
      }
      for (const books of [...files, forth, back, half, byWay]) books.close();
    }
    process.stdout.write(`${MERGES} random merges, all the same in any order\n`);
  },
  9 * HOURS,
);

test("a rewrite that puts another answer of the same length in an early place, and grows, is seen", async () => {
  const home = newHome();
  const at = "2026-11-02T10:00:00Z";
  const messages = ["a", "b", "c", "d", "e"].map((id) => ({ id, at, input: 100, output: 1 }));
  say(home.claude, "-app", "one", ...messages);
  await home.fetch();
  rmSync(transcriptPath(home.claude, "-app", "one"));
  say(home.claude, "-app", "one", { id: "A", at, input: 200, output: 1 }, ...messages.slice(1));
  say(home.claude, "-app", "one", { id: "f", at, input: 400, output: 1 });
  await home.fetch();
  expect(home.query("SELECT input_tokens FROM daily_usage")).toEqual([{ input_tokens: 1100 }]);
});

/** What happened in many lives. */
class Totals {
  readonly counts: Record<string, number> = {};

  add(counts: Record<string, number>): void {
    for (const [what, times] of Object.entries(counts)) {
      this.counts[what] = (this.counts[what] ?? 0) + times;
    }
  }

  say(what: string): void {
    const counts = Object.entries(this.counts).map(([name, times]) => `${name} ${times}`);
    process.stdout.write(`${what} (${counts.join(", ")}), 0 lost or doubled calls\n`);
  }
}

async function live(
  seed: number,
  steps: number,
  total: Totals,
  programIn: (folder: string, roll: Dice) => Program & { end?(): void },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-life-"));
  const roll = dice(seed);
  const program = programIn(folder, roll);
  try {
    const life = new Life(folder, program, roll, Date.parse("2026-10-20T08:00:00Z"));
    const { fetches, calls, events } = await life.live(steps);
    total.add({ fetches, calls, ...events });
  } catch (error) {
    throw new Error(`life ${seed} went wrong`, { cause: error });
  } finally {
    program.end?.();
    rmSync(folder, { recursive: true, force: true });
  }
}
