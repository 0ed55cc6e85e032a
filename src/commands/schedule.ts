import { defineCommand } from "citty";

import { machineTimezone, readKept } from "../config/machine.ts";
import { databasePath } from "../config/paths.ts";
import { UsageError } from "../errors.ts";
import { findMachine } from "../ledger/machines.ts";
import { readBooks } from "../ledger/open.ts";
import { JOBS, type JobName } from "../schedule/kept.ts";
import { readLastRunOf, type RunSummary } from "../readers/runs.ts";
import { unknownAction, wholeNumber } from "./flags/check.ts";
import { scheduleOf, schedulerNamed } from "./flags/schedule.ts";
import { sourceNamed } from "./flags/selection.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "schedule", description: "Have the system fetch every few minutes, or once a day" },
  args: {
    action: {
      type: "positional",
      required: false,
      description: "install, remove, or show (default)",
    },
    every: { type: "string", valueHint: "TIME", description: "15m (default), hour, 6h or day" },
    at: { type: "string", valueHint: "HH:MM", description: "When a day's fetch is; 07:15" },
    print: { type: "boolean", description: "Show what would be installed, and touch nothing" },
    hook: { type: "boolean", description: "Have Claude Code fetch when a session ends" },
    source: {
      type: "string",
      valueHint: "NAME",
      description: "anthropic: pull its reports; else fetch",
    },
    serve: { type: "boolean", description: "Keep `ccbooks serve` running instead" },
    port: { type: "string", valueHint: "N", description: "With --serve: where it listens; 8050" },
    scheduler: {
      type: "string",
      valueHint: "NAME",
      description: "systemd, launchd, task or cron; the one that is here",
    },
    job: { type: "string", valueHint: "FILE", description: "Of `run`, which schedulers call" },
    log: {
      type: "string",
      valueHint: "FILE",
      description: "Of `run`: where it says what is wrong",
    },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const action = args.action ?? "show";
    if (!isAction(action)) {
      throw unknownAction("schedule", action, ["install", "show", "remove"]);
    }
    checkFlagsOf(action, args);
    await actions[action](args);
  },
});

interface Flags {
  source?: string | undefined;
  every?: string | undefined;
  at?: string | undefined;
  print?: boolean | undefined;
  hook?: boolean | undefined;
  serve?: boolean | undefined;
  port?: string | undefined;
  scheduler?: string | undefined;
  job?: string | undefined;
  log?: string | undefined;
  db?: string | undefined;
  json?: boolean | undefined;
}

/** Which flags an action takes, besides --db. */
const TAKES = {
  install: ["every", "at", "print", "hook", "scheduler", "source", "serve", "port"],
  show: ["json", "source"],
  remove: ["source", "serve"],
  run: ["job", "log"],
} as const;

type Action = keyof typeof TAKES;

function isAction(text: string): text is Action {
  return Object.hasOwn(TAKES, text);
}

/** @throws UsageError when a flag is given that the action does not take. */
function checkFlagsOf(action: Action, flags: Flags): void {
  const others = Object.values(TAKES).flat();
  const taken: readonly string[] = TAKES[action];
  const wrong = others.find((flag) => flags[flag] !== undefined && !taken.includes(flag));
  if (wrong === undefined) return;
  throw new UsageError(`--${wrong} does not go with \`ccbooks schedule ${action}\`; leave it out.`);
}

const actions: Record<Action, (flags: Flags) => Promise<void>> = { install, show, remove, run };

/** Has `ccbooks serve` run for good. */
async function installServe(flags: Flags): Promise<void> {
  const other = (["every", "at", "hook", "scheduler", "source"] as const).find(
    (flag) => flags[flag] !== undefined,
  );
  if (other !== undefined) {
    throw new UsageError(`--${other} does not go with --serve; leave one of them out.`);
  }
  const port = flags.port === undefined ? undefined : wholeNumber(flags.port, "port", 1);
  const serveFlags = port === undefined ? [] : ["--port", `${port}`];
  const { installService, planService } = await import("../schedule/service.ts");
  if (flags.print) {
    const { unit } = await planService(serveFlags, flags.db);
    const { unitWords } = await import("../terminal/schedule-words.ts");
    process.stdout.write(`${unitWords([unit])}\n`);
    return;
  }
  const { title, unit } = await installService(serveFlags, flags.db);
  const { say } = await import("../terminal/say.ts");
  say(
    `${title} keeps \`ccbooks serve\` running at http://127.0.0.1:${port ?? 8050} (${unit.path}).`,
  );
}

async function install(flags: Flags): Promise<void> {
  if (flags.serve) {
    await installServe(flags);
    return;
  }
  if (flags.port !== undefined) throw new UsageError("--port goes with --serve; add that.");
  const { say } = await import("../terminal/say.ts");
  if (flags.hook) {
    const other = (["every", "at", "print", "scheduler", "source"] as const).find(
      (flag) => flags[flag] !== undefined,
    );
    if (other !== undefined) {
      throw new UsageError(`--${other} does not go with --hook; leave one of them out.`);
    }
    const { installFetchHook } = await import("../schedule/hook.ts");
    const { claudeSettingsWords } = await import("../terminal/claude-settings-words.ts");
    say(claudeSettingsWords(installFetchHook(flags.db), "hook"));
    return;
  }
  const name = jobNamed(flags.source);
  const schedule = scheduleOf(flags.every, flags.at);
  const wanted = { name, schedule, scheduler: schedulerNamed(flags.scheduler), db: flags.db };
  const { installJob, planJob } = await import("../schedule/install.ts");
  const { installedWords, LINGER, unitWords } = await import("../terminal/schedule-words.ts");
  if (flags.print) {
    const { units, kept, job } = await planJob(wanted);
    const file = { path: job.command.at(-1) ?? "", text: JSON.stringify(kept, null, 2) };
    process.stdout.write(`${unitWords([...units, file])}\n`);
    return;
  }
  const installed = await installJob(wanted);
  const { title, name: scheduler } = installed.scheduler;
  say(installedWords({ ...installed, name, title }, schedule));
  if (scheduler === "systemd" && installed.isNew) say(LINGER);
}

async function remove({ source, serve }: Flags): Promise<void> {
  if (serve && source !== undefined) {
    throw new UsageError("--source does not go with --serve; leave one of them out.");
  }
  const { removeJob } = await import("../schedule/install.ts");
  const { hasFetchHook, removeFetchHook } = await import("../schedule/hook.ts");
  const { say } = await import("../terminal/say.ts");
  const { DOES } = await import("../terminal/schedule-words.ts");
  // Without a source all of it goes.
  const names = source === undefined ? (serve ? [] : JOBS) : [jobNamed(source)];
  let isRemoved = false;
  if (source === undefined) {
    const { removeService } = await import("../schedule/service.ts");
    const title = await removeService();
    if (title !== undefined) say(`${title} keeps \`ccbooks serve\` running no longer.`);
    isRemoved = title !== undefined;
  }
  for (const name of names) {
    const scheduler = await removeJob(name);
    if (scheduler !== undefined) say(`${scheduler.title} ${DOES[name]} no longer.`);
    isRemoved ||= scheduler !== undefined;
  }
  const hadHook = names.includes("fetch") && hasFetchHook();
  if (hadHook) {
    const { claudeSettingsWords } = await import("../terminal/claude-settings-words.ts");
    say(claudeSettingsWords(removeFetchHook(), "hook"));
  }
  if (!isRemoved && !hadHook) say("Nothing was installed.");
}

async function show({ db, json, source }: Flags): Promise<void> {
  const name = jobNamed(source);
  const { scheduleStatus } = await import("../schedule/status.ts");
  const status = await scheduleStatus(name, await lastRunHere(name, db), Date.now());
  if (json) {
    const { printJson } = await import("../terminal/json.ts");
    const { job, ...rest } = status;
    // What its programs are handed may be nobody's business.
    const { environment: _, ...shown } = job ?? { environment: {} };
    printJson({ job: job === null ? null : shown, ...rest });
    return;
  }
  const { schedulers } = await import("../schedule/schedulers/all.ts");
  const { jobOf } = await import("../schedule/job.ts");
  const { statusWords } = await import("../terminal/schedule-words.ts");
  const scheduler = status.job === null ? null : schedulers[status.job.scheduler];
  const whereItSays =
    status.job === null || scheduler === null
      ? null
      : scheduler.whereItSays(jobOf(name, status.job, db).job);
  const title = scheduler?.title ?? null;
  process.stdout.write(`${statusWords(status, { name, title, whereItSays }, machineTimezone())}\n`);
  if (status.problem !== null) {
    const { sayWarning } = await import("../terminal/say.ts");
    sayWarning(status.problem);
    process.exitCode = 1;
  }
}

/** What this machine did last into the books that the job is of; null where there are no books yet. */
async function lastRunHere(name: JobName, db: string | undefined): Promise<RunSummary | null> {
  const { existsSync } = await import("node:fs");
  const { keptJob } = await import("../schedule/kept.ts");
  const path = databasePath(db ?? keptJob(name)?.environment["CCBOOKS_DB"]);
  const uid = readKept()?.uid;
  if (!existsSync(path) || uid === undefined) return null;
  return readBooks(path, (books) => {
    const machine = findMachine(books, { uid });
    return machine === undefined
      ? null
      : readLastRunOf(books, { command: name, machine: machine.label });
  });
}

/** The job that is of a source. */
function jobNamed(source: string | undefined): JobName {
  return sourceNamed(source) === "anthropic" ? "pull" : "fetch";
}

/** What a scheduler calls. */
async function run({ job, log }: Flags): Promise<void> {
  if (job === undefined) {
    throw new UsageError("`ccbooks schedule run` is for schedulers; `ccbooks fetch` fetches.");
  }
  const { runJob } = await import("../schedule/run.ts");
  await runJob(job, log);
}
