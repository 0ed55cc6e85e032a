import { dirname, join, resolve } from "node:path";

import { configFile } from "../config/files.ts";
import { configFolder, databasePath, expandHome } from "../config/paths.ts";
import { UserError } from "../errors.ts";
import { JOB_FILES, type JobName, type KeptJob } from "./kept.ts";
import type { Schedule } from "./schedule.ts";

/** What a scheduler is to run, and when. All paths are absolute. */
export interface Job {
  name: JobName;
  schedule: Schedule;
  /** The program and its arguments. */
  command: readonly string[];
  /** Where what it says goes, if the scheduler keeps nothing itself. */
  log: string;
}

/**
 * The job that fetches here, and what it is to remember: a scheduler starts it with another environment.
 * @throws UserError when a path could not be written down for every scheduler.
 */
export function jobOf(
  name: JobName,
  schedule: Schedule,
  db: string | undefined,
): { job: Job; kept: Omit<KeptJob, "scheduler" | "installedAt"> } {
  const program = process.argv[1] ?? "";
  const files = JOB_FILES[name];
  const file = configFile(files.job);
  const job: Job = {
    ...{ name, schedule },
    command: [process.execPath, program, "schedule", "run", "--job", file],
    log: configFile(files.log),
  };
  for (const path of [...job.command, job.log]) {
    if (/[\p{Cc}]/u.test(path)) {
      throw new UserError(
        `No scheduler can run ${JSON.stringify(path)}, which has a line break or a control character in its path; move it.`,
      );
    }
  }
  const kept = {
    ...{ name, ...schedule },
    ...{ node: process.execPath, program, environment: environmentOf(db) },
  };
  return { job, kept };
}

/** What a fetch depends on, and no scheduler hands over. */
const PASSED_ON = [
  ...["PATH", "HOME", "TZ", "CLAUDE_CONFIG_DIR", "CCBOOKS_MACHINE", "CCBOOKS_CCUSAGE"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["NODE_EXTRA_CA_CERTS", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY"],
];

/** What a program of ccbooks depends on, as it is here. */
export function environmentOf(db: string | undefined): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    if (value === undefined || value === "") return [];
    // A scheduler starts it in another folder.
    return [[name, name === "CLAUDE_CONFIG_DIR" ? absolute(value) : value]];
  });
  return {
    ...Object.fromEntries(passed),
    CCBOOKS_DB: databasePath(db),
    CCBOOKS_CONFIG_DIR: configFolder(),
  };
}

/** Folders, with commas between them. */
function absolute(folders: string): string {
  const all = folders.split(",").map((folder) => folder.trim());
  return all.map((folder) => (folder === "" ? "" : resolve(expandHome(folder)))).join(",");
}

/** The secrets of a scheduled fetch: a file of the user's, as NAME=VALUE lines. */
export function secretsFile(jobFile: string): string {
  return join(dirname(jobFile), "environment");
}
