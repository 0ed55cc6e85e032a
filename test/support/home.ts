import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import Database from "better-sqlite3";
import { execa } from "execa";
import { afterAll, onTestFinished } from "vitest";

import { COMPILED } from "./temporary.ts";

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the program prints and ends with. */
export interface Ran {
  stdout: string;
  stderr: string;
  exitCode?: number;
}

export type Home = ReturnType<typeof newHome>;

/** The tables whose names and columns are a promise to users. */
export const seedTables = [
  "daily_usage",
  "model_breakdown",
  "project_usage",
  "session_usage",
] as const;

/** What lasts longer than a test. A hook that is set within a test or another hook never runs. */
const lasting: (() => void)[] = [];
afterAll(() => {
  for (const remove of lasting) remove();
});

/**
 * A home of the test's own: an empty Claude Code folder, no books, no configuration, its own zone.
 * Nothing of the developer's machine is read. Removed when the test ends, or `after` all tests of its file.
 */
export function newHome(settings: { timezone?: string; after?: typeof afterAll } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-test-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (settings.after === undefined) onTestFinished(remove);
  else lasting.push(remove);
  const claude = join(folder, "claude");
  mkdirSync(join(claude, "projects"), { recursive: true });
  const db = join(folder, "data", "usage.db");
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    TMPDIR: folder,
    XDG_CONFIG_HOME: join(folder, "xdg-config"),
    XDG_DATA_HOME: join(folder, "xdg-data"),
    TZ: settings.timezone ?? "UTC",
    CLAUDE_CONFIG_DIR: claude,
    CCBOOKS_CONFIG_DIR: join(folder, "config"),
    CCBOOKS_DB: db,
    CCBOOKS_MACHINE: "test-machine",
    NODE_COMPILE_CACHE: join(tmpdir(), COMPILED),
  };

  /** @param input what it is handed; nothing: there is nothing to read */
  const run = async (
    args: readonly string[],
    more: Record<string, string> = {},
    input?: string,
  ): Promise<Ran> =>
    execa(process.execPath, [join(root, "dist", "ccbooks.js"), ...args], {
      env: { ...env, ...more },
      extendEnv: false,
      reject: false,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
      cwd: folder,
    });

  return {
    folder,
    /** Claude Code's folder, with `projects/` in it. */
    claude,
    /** The books' path. */
    db,
    env,
    /** Runs the built program. */
    run,
    /** Fetches with built-in prices and gives what `--json` printed. */
    async fetch(...flags: string[]) {
      const { stdout, stderr, exitCode } = await run(["fetch", "--offline", "--json", ...flags]);
      if (exitCode !== 0) throw new Error(`fetch ended with ${exitCode}: ${stderr}`);
      return JSON.parse(stdout);
    },
    /** The rows a query finds in the books. */
    query<Row>(sql: string, ...parameters: unknown[]): Row[] {
      const books = new Database(db, { readonly: true });
      try {
        return books.prepare<unknown[], Row>(sql).all(...parameters);
      } finally {
        books.close();
      }
    },
    /** Every row of the seed tables as text, to be compared byte by byte. */
    dump(): string {
      const books = new Database(db, { readonly: true });
      try {
        return seedTables
          .flatMap((table) => [table, ...books.prepare(`SELECT * FROM ${table}`).raw().all()])
          .map((row) => JSON.stringify(row))
          .join("\n");
      } finally {
        books.close();
      }
    },
    /** What ccusage itself reports of this home, with the arguments ccbooks gives it. */
    async ccusage(report: "daily" | "session" | "blocks", ...flags: string[]) {
      const launcher = join(root, "node_modules", "ccusage", "src", "cli.js");
      const { stdout } = await execa(
        process.execPath,
        [
          launcher,
          ...["claude", report, "--json", "--offline", "--timezone", env["TZ"] ?? "UTC"],
          ...["--mode", "auto", "--order", "asc", "--config", "/dev/null", ...flags],
        ],
        { env, extendEnv: false },
      );
      return JSON.parse(stdout);
    },
  };
}
