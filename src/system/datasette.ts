import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { setTimeout } from "node:timers/promises";

import { execa } from "execa";

import { UserError } from "../errors.ts";

/** Ways to run Datasette, the first one there wins. */
const programs = [["datasette"], ["uvx", "datasette"]] as const;

/** Years of usage need more than the second and the fifth of one that Datasette gives by default. */
const limits = {
  sql_time_limit_ms: "5000",
  facet_time_limit_ms: "1000",
  // Lists are long; a row's own page shows them whole.
  truncate_cells_html: "200",
};

/** What the settings call the books, until `settingsFor` says what they are called. */
const DEFAULT_STEM = "usage";

/**
 * Runs the first Datasette there is on the books, until it ends or ccbooks is told to stop.
 * @param described the settings that describe the tables
 * @param flags what else to tell it
 * @returns the exit code: Datasette's own, or 0 when it was told to stop.
 * @throws UserError when there is none.
 */
export async function openInDatasette(
  path: string,
  described: string,
  flags: readonly string[],
): Promise<number> {
  for (const program of programs) {
    const generation = await generationOf(program);
    if (generation === undefined) continue;
    const settings = settingsFor(parse(path).name, described);
    try {
      const files = ["--metadata", settings.file];
      // What 0.65 takes for metadata is in part configuration from 1.0 on; neither knows the other's way.
      if (generation >= 1) files.push("--config", settings.file);
      const options = Object.entries(limits).flatMap(([name, value]) => ["--setting", name, value]);
      return await runUntilStopped(program, [path, ...files, ...options, ...flags]);
    } finally {
      settings.remove();
    }
  }
  throw new UserError(
    "Datasette is not installed; get it with `uv tool install datasette` or `pipx install datasette`, " +
      `or do without: \`ccbooks stats\`, \`ccbooks report\`, or \`sqlite3 ${path}\`.`,
  );
}

type Program = (typeof programs)[number];

/** The first number of its version, 0 where it does not say; undefined when it cannot be started. */
async function generationOf([file, ...leading]: Program): Promise<number | undefined> {
  const { exitCode, signal, stdout } = await execa(file, [...leading, "--version"], {
    stdin: "ignore",
    // uvx may have to fetch Datasette first and shows how far it is.
    stderr: file === "uvx" ? "inherit" : "ignore",
    reject: false,
  });
  if (exitCode === undefined && signal === undefined) return undefined;
  return Number(/version (\d+)/.exec(stdout)?.[1] ?? 0);
}

/**
 * Datasette knows a database by its file's name without the ending, and so do its settings: books of
 * another name get a copy of them that says it. The copy is for `remove` to take away.
 */
function settingsFor(stem: string, described: string): { file: string; remove(): void } {
  if (stem === DEFAULT_STEM) return { file: described, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-datasette-"));
  const file = join(folder, "datasette.yml");
  const settings = readFileSync(described, "utf8").replace(
    `\n  ${DEFAULT_STEM}:\n`,
    () => `\n  ${yamlString(stem)}:\n`,
  );
  writeFileSync(file, settings, { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Any text as YAML, in plain ASCII: Datasette reads the file in the encoding of the system. */
function yamlString(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/gu,
    (sign) => `\\U${(sign.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`,
  );
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * How long a signal that ended Datasette may take to reach ccbooks as well, in milliseconds: the system
 * promises no order, and may report Datasette's end first.
 */
const SIGNAL_DELAY = 500;

/**
 * Runs Datasette until it ends by itself, or by a signal that would have ended ccbooks. Ctrl-C is how one
 * leaves it.
 */
async function runUntilStopped([file, ...leading]: Program, args: string[]): Promise<number> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  // Before the start: a signal in between would end ccbooks alone, and leave Datasette running.
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    const running = execa(file, [...leading, ...args], { stdio: "inherit", reject: false });
    stopped.signal.addEventListener("abort", () => void running.kill());
    const { exitCode, signal } = await running;
    if (exitCode === 0 || signal === "SIGINT") return 0;
    return (await isAborted(stopped.signal)) ? 0 : (exitCode ?? 1);
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

async function isAborted(signal: AbortSignal): Promise<boolean> {
  await setTimeout(SIGNAL_DELAY, undefined, { signal }).catch(() => undefined);
  return signal.aborted;
}
