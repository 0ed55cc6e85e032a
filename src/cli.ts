import type { SubCommandsDef } from "citty";

import { errorCode, UsageError } from "./errors.ts";

/** Every command, loaded when it is asked for. To add one: write the file, add the line. */
const commands = {
  fetch: () => import("./commands/fetch.ts").then((module) => module.default),
  stats: () => import("./commands/stats.ts").then((module) => module.default),
  report: () => import("./commands/report.ts").then((module) => module.default),
  session: () => import("./commands/session.ts").then((module) => module.default),
  budget: () => import("./commands/budget.ts").then((module) => module.default),
  alert: () => import("./commands/alert.ts").then((module) => module.default),
  schedule: () => import("./commands/schedule.ts").then((module) => module.default),
  watch: () => import("./commands/watch.ts").then((module) => module.default),
  guard: () => import("./commands/guard.ts").then((module) => module.default),
  statusline: () => import("./commands/statusline.ts").then((module) => module.default),
  why: () => import("./commands/why.ts").then((module) => module.default),
  merge: () => import("./commands/merge.ts").then((module) => module.default),
  pull: () => import("./commands/pull.ts").then((module) => module.default),
  label: () => import("./commands/label.ts").then((module) => module.default),
  recount: () => import("./commands/recount.ts").then((module) => module.default),
  audit: () => import("./commands/audit.ts").then((module) => module.default),
  runs: () => import("./commands/runs.ts").then((module) => module.default),
  machine: () => import("./commands/machine.ts").then((module) => module.default),
  backup: () => import("./commands/backup.ts").then((module) => module.default),
  export: () => import("./commands/export.ts").then((module) => module.default),
  doctor: () => import("./commands/doctor.ts").then((module) => module.default),
  calls: () => import("./commands/calls.ts").then((module) => module.default),
  run: () => import("./commands/run.ts").then((module) => module.default),
  serve: () => import("./commands/serve.ts").then((module) => module.default),
  telemetry: () => import("./commands/telemetry.ts").then((module) => module.default),
  token: () => import("./commands/token.ts").then((module) => module.default),
  forget: () => import("./commands/forget.ts").then((module) => module.default),
  db: () => import("./commands/db.ts").then((module) => module.default),
  demo: () => import("./commands/demo.ts").then((module) => module.default),
} satisfies SubCommandsDef;

const about = {
  name: "ccbooks",
  description: "Keeps every Claude Code call's usage once, in one SQLite file",
};

const everywhere = {
  verbose: { type: "boolean", description: "Show the stack of an unexpected error" },
} as const;

/** Runs the command line and sets the exit code: 0 done, 1 could not do it, 2 wrong usage. */
export async function main(argv: string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", endWithoutReader);
  try {
    await dispatch(argv);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    const { reportFailure } = await import("./terminal/failure.ts");
    reportFailure(error, argv);
  }
}

async function dispatch([name, ...flags]: string[]): Promise<void> {
  const [asked, ...others] = flags;
  if (name === "--version" || name === "-v") {
    const { versions } = await import("./commands/versions.ts");
    process.stdout.write(`${versions()}\n`);
  } else if (name === "help" && asked !== undefined && others.length === 0) {
    await run(asked, ["--help"]);
  } else if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const { helpSection, printHelp } = await import("./terminal/help.ts");
    const { mainHelp } = await import("./commands/main-help.ts");
    const more = mainHelp().map(([title, lines]) => helpSection(title, lines));
    await printHelp({ meta: about, subCommands: commands }, { more });
  } else {
    await run(name, flags);
  }
}

async function run(name: string, flags: string[]): Promise<void> {
  const { checkFlags, unknownCommand } = await import("./commands/flags/check.ts");
  if (!isCommand(name)) throw unknownCommand(name, Object.keys(commands));
  const load: SubCommandsDef[string] = commands[name];
  const loaded = await (typeof load === "function" ? load() : load);
  const args = { ...(await loaded.args), ...everywhere };
  const command = { ...loaded, args };
  if (flags.includes("--help") || flags.includes("-h")) {
    const { helpSection, printHelp } = await import("./terminal/help.ts");
    const { examples } = await import("./commands/examples.ts");
    const more = [helpSection("EXAMPLES", examples[name] ?? [])];
    await printHelp(command, { parent: { meta: about }, more });
    return;
  }
  checkFlags(flags, args, name);
  const { runCommand } = await import("citty");
  await runCommand(command, { rawArgs: flags });
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name);
}

/** A reader that has seen enough (`ccbooks stats | head`) is no error; a full disk is. */
function endWithoutReader(error: Error): void {
  if (errorCode(error) === "EPIPE") process.exit(process.exitCode ?? 0);
  process.stderr.write(
    `ccbooks cannot write its output (${error.message}); check where it goes.\n`,
  );
  process.exit(1);
}
