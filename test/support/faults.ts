import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import type { Reporter, TestModule } from "vitest/node";

/** The test files that hold faults against the program, and what each is about. */
const chapters: Record<string, string> = {
  "lives.test.ts": "Random lives",
  "kills.test.ts": "Kills",
  "fetch.test.ts": "Fetching",
  "fold.test.ts": "Days and sessions that shrink, grow and come back",
  "counting-bugs.test.ts": "Releases that miscount",
  "versions.test.ts": "Releases of ccusage",
  "ccusage-failures.test.ts": "ccusage fails",
  "books-file.test.ts": "The file",
  "machine.test.ts": "The machine",
  "merge.test.ts": "Merging",
  "incremental.test.ts": "Fetching only what changed",
};

const TESTS = join(import.meta.dirname, "..");

/**
 * Writes the page of faults from the tests that have just passed, so that it cannot lie. A run of a
 * part of the tests, or one with other counts than usual, writes nothing.
 */
export class FaultsPage implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Map(modules.map((module) => [basename(module.moduleId), module]));
    const isUsual = !Object.keys(process.env).some((name) =>
      /^CCBOOKS_(LIVES|REAL_LIVES|KILLS|MERGES|HISTORIES)$/.test(name),
    );
    const there = Object.entries(chapters).filter(([file]) => existsSync(join(TESTS, file)));
    if (!isUsual || there.some(([file]) => !ran.get(file)?.ok())) return;
    const parts = there.map(([file, title]) => {
      const tests = [...(ran.get(file)?.children.allTests() ?? [])];
      const rows = tests.map((test) => `- ${test.fullName.replaceAll("\n", " ")}`);
      return `## ${title}\n\n[${file}](${file})\n\n${rows.join("\n")}\n`;
    });
    writeFileSync(
      join(TESTS, "FAULTS.md"),
      `# What ccbooks was hit with\n\nWritten by the tests themselves when all of these pass.\n\n${parts.join("\n")}`,
    );
  }
}
