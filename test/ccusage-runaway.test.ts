import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";

import { newHome, root, type Home, type Ran } from "./support/home.ts";
import { PRICED, say } from "./support/transcripts.ts";

/** A ccusage that does not end, or leaves others behind, played by shell scripts. */

/** Util-linux's `script` runs a command on a terminal of its own; the one of BSD has other flags. */
const hasTerminal = spawnSync("script", ["--version"]).status === 0;

const program = join(root, "dist", "ccbooks.js");

const figures = {
  ...{ inputTokens: 10, outputTokens: 100, cacheCreationTokens: 0, cacheReadTokens: 0 },
};
const sums = { ...figures, totalTokens: 110, totalCost: 0.00153 };

/** The report of the one call that there is to count. */
const GOOD = `echo '${JSON.stringify({
  projects: {
    0: [
      {
        ...{ ...sums, date: "2026-11-02" },
        modelBreakdowns: [{ ...figures, modelName: PRICED, cost: 0.00153 }],
      },
    ],
  },
  totals: sums,
})}'`;

/** Starts a process beside that lasts, and notes its number. */
const LASTING = `sleep 1000 & note $!;`;

const DEAF = `trap "" TERM INT HUP PIPE;`;

interface Act {
  version?: string;
  daily?: string;
}

interface Stage extends Home {
  ccusagePath: string;
  /** The numbers of all processes that were noted so far. */
  noted(): number[];
}

/**
 * A home with a stand-in for ccusage that does in the shell what is said, where that is not what a good
 * one does. It notes its own number, and with `note` others'.
 */
function stage({ version = `echo "ccusage 20.0.20"`, daily = GOOD }: Act): Stage {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  const [ccusagePath, notes] = [join(home.folder, "ccusage"), join(home.folder, "noted")];
  const script = `#!/bin/sh
    note() { echo "$1" >> "${notes}"; }
    note $$
    case " $* " in
      *" --version "*) ${version} ;;
      *) ${daily} ;;
    esac`;
  writeFileSync(ccusagePath, script, { mode: 0o755 });
  const noted = (): number[] =>
    existsSync(notes) ? readFileSync(notes, "utf8").trim().split("\n").map(Number) : [];
  onTestFinished(() => {
    for (const pid of noted().filter(isRunning)) process.kill(pid, "SIGKILL");
  });
  return { ...home, ccusagePath, noted };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (!existsSync("/proc/self/stat")) return true;
  try {
    // One that has ended stays until its parent has asked how.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** All that was started has ended, and so many were noted; no temporary file is left. */
async function expectAllGone(on: Stage, count: number): Promise<void> {
  expect(on.noted()).toHaveLength(count);
  await expect.poll(() => on.noted().filter(isRunning), { timeout: 10_000 }).toEqual([]);
  expect(temporary(on)).toEqual([]);
}

function temporary(on: Stage): string[] {
  return readdirSync(on.folder).filter((name) => name.startsWith("ccbooks-"));
}

/** Fetches with the stand-in: that must be refused in a sentence, which is given back. */
async function refusal(on: Stage, ...flags: string[]): Promise<string> {
  const fetch = ["fetch", "--offline", "--json", "--ccusage", on.ccusagePath, ...flags];
  const { exitCode, stdout } = await on.run(fetch);
  const { error, ...rest } = JSON.parse(stdout);
  expect({ exitCode, ...rest }).toEqual({ exitCode: 1, status: "failed" });
  expect(error).toMatch(/^[^\n]+\.$/);
  return error;
}

test.for<{ that: string; act: Act; count: number }>([
  { that: "sleeps for ever", act: { daily: "exec sleep 1000" }, count: 2 },
  {
    that: "sleeps for ever when asked its version",
    act: { version: `${LASTING} wait` },
    count: 2,
  },
  {
    that: "is deaf to every polite signal",
    act: { daily: `${DEAF} ${LASTING} while :; do sleep 1; done` },
    count: 3,
  },
  {
    that: "closes what it should print to",
    act: { daily: `exec >&- 2>&-; ${LASTING} wait` },
    count: 3,
  },
  {
    that: "has grandchildren that hold its pipes",
    act: { daily: `(${LASTING} (${LASTING} wait) & note $!; wait) & note $!; wait` },
    count: 6,
  },
])("a ccusage that $that is gone after --timeout, with all it started", async ({ act, count }) => {
  const on = stage(act);
  const error = await refusal(on, "--timeout", "4");
  expect(error).toContain("did not finish within 4 seconds; ");
  await expectAllGone(on, count);
});

// Without a limit while it prints, these two would go on for the ten minutes of the default --timeout.
test("a ccusage that prints for ever is stopped long before the disk is full", async () => {
  // From 499 MB on, so that the test itself needs no such disk.
  const endless = `let at = 499e6; for (;;) at += fs.writeSync(1, Buffer.alloc(65536), 0, 65536, at)`;
  const on = stage({ daily: `${DEAF} ${LASTING} exec "${process.execPath}" -e '${endless}'` });
  const error = await refusal(on);
  expect(error).toContain("ccusage 20.0.20 printed more than 500 MB, which is no usage report;");
  expect(error).toContain("check --ccusage");
  await expectAllGone(on, 3);
});

test("a ccusage that complains for ever is stopped long before the memory is full", async () => {
  const on = stage({ daily: `${DEAF} ${LASTING} while :; do yes >&2; done` });
  const error = await refusal(on);
  expect(error).toContain("ccusage 20.0.20 printed more than 1 MB of error messages; run `");
  expect(error).toContain("ccusage claude daily --instances --json --timezone=UTC");
  await expectAllGone(on, 3);
});

test("a ccusage that complains a lot and reports is believed", async () => {
  const on = stage({ daily: `yes | head -c 900000 >&2; ${GOOD}` });
  expect(await on.fetch("--ccusage", on.ccusagePath)).toMatchObject({ status: "ok" });
});

test("a version without an end is no version", async () => {
  const on = stage({ version: `yes 1 | tr -d "\\n" | head -c 3000000` });
  expect(await refusal(on)).toContain("does not say its version");
});

test("what a ccusage leaves behind is neither waited for nor left", async () => {
  const on = stage({ daily: `${DEAF} ${LASTING} ${GOOD}` });
  expect(await on.fetch("--ccusage", on.ccusagePath)).toMatchObject({ status: "ok" });
  await expectAllGone(on, 3);
});

test("what a ccusage leaves behind when it fails is gone as well", async () => {
  const on = stage({ daily: `${DEAF} ${LASTING} echo "Error: disk on fire" >&2; exit 70` });
  expect(await refusal(on)).toContain("failed with exit code 70 and said: disk on fire");
  // Twice the report, which gets a second chance.
  await expectAllGone(on, 5);
});

/** Starts a process that nobody can find by its parents, and that holds whatever pipes it was given. */
const ESCAPED = `"${process.execPath}" -e '
  const { spawn } = require("node:child_process");
  const child = spawn("sleep", ["1000"], { detached: true, stdio: "inherit" });
  fs.appendFileSync(process.env.HOME + "/noted", child.pid + "\\n");
  child.unref();';`;

test("a process out of reach that holds a ccusage's pipes is not waited for", async () => {
  const reports = stage({ daily: `${ESCAPED} ${GOOD}` });
  expect(await reports.fetch("--ccusage", reports.ccusagePath)).toMatchObject({ status: "ok" });
  expect(reports.noted().filter(isRunning), "it was there").toHaveLength(1);

  const hangs = stage({ daily: `${ESCAPED} sleep 1000` });
  expect(await refusal(hangs, "--timeout", "4")).toContain("did not finish within 4 seconds");
  expect(hangs.noted().filter(isRunning), "it was there").toHaveLength(1);
});

/** The report hangs, deaf and with a child: three processes are noted with the version's. */
const hanging = `${DEAF} ${LASTING} while :; do sleep 1; done`;

const inFullSwing = (on: Stage): Promise<void> =>
  expect.poll(() => on.noted(), { timeout: 20_000 }).toHaveLength(3);

test.for<[says: string, signal: NodeJS.Signals, send: (pid: number) => void]>([
  ["Ctrl-C", "SIGINT", (pid) => process.kill(-pid, "SIGINT")],
  ["SIGTERM", "SIGTERM", (pid) => process.kill(pid, "SIGTERM")],
  ["a closed terminal", "SIGHUP", (pid) => process.kill(-pid, "SIGHUP")],
])("%s ends ccbooks, its ccusage and all that one started", async ([, signal, send]) => {
  const on = stage({ daily: hanging });
  const fetch = [program, "fetch", "--offline", "--ccusage", on.ccusagePath];
  const running = execa(process.execPath, fetch, {
    env: on.env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    // A process group of its own, as a terminal gives it.
    detached: true,
  });
  await inFullSwing(on);
  send(running.pid ?? 0);
  const result = await running;
  // Ended by the signal itself, which a shell shows as 130, 143 and 129.
  expect({ signal: result.signal, stderr: result.stderr }).toEqual({ signal, stderr: "" });
  await expectAllGone(on, 3);
});

/** Runs ccbooks on a terminal, and presses Ctrl-C when the stand-in is in full swing. */
async function pressCtrlC(on: Stage, ...args: string[]): Promise<Ran> {
  const command = `exec ${[process.execPath, program, ...args].join(" ")}`;
  const terminal = execa("script", ["-qec", command, "/dev/null"], {
    env: { ...on.env, CCBOOKS_CCUSAGE: on.ccusagePath },
    extendEnv: false,
    reject: false,
    stdin: "pipe",
  });
  await inFullSwing(on);
  terminal.stdin.write("\u0003");
  return terminal;
}

test.skipIf(!hasTerminal)("Ctrl-C on a terminal ends it all with exit code 130", async () => {
  const on = stage({ daily: hanging });
  expect((await pressCtrlC(on, "fetch", "--offline")).exitCode).toBe(130);
  await expectAllGone(on, 3);
});

test.skipIf(!hasTerminal)("Ctrl-C ends --watch also while it fetches", async () => {
  const on = stage({ daily: hanging });
  const { exitCode, stdout } = await pressCtrlC(on, "stats", "--watch");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("was stopped before it was done; run the fetch again.");
  // Nothing was started anew.
  await expectAllGone(on, 3);
});
