import { execa } from "execa";

import { UserError } from "../../errors.ts";
import { printable } from "../../format/printable.ts";
import { shellQuoted } from "../../format/shell.ts";
import type { Job } from "../job.ts";
import type { JobName } from "../kept.ts";
import { DAY, timeOf, type Schedule } from "../schedule.ts";
import { ask, succeeds, type Scheduler, type Unit } from "./scheduler.ts";

/** What a line is known by. */
function markOf(name: JobName): string {
  return `# ccbooks ${name}`;
}

function when(schedule: Schedule): string {
  const { everyMinutes } = schedule;
  if (everyMinutes === DAY) {
    const { hour, minute } = timeOf(schedule);
    return `${minute} ${hour} * * *`;
  }
  if (everyMinutes < 60) return `*/${everyMinutes} * * * *`;
  return everyMinutes === 60 ? "0 * * * *" : `0 */${everyMinutes / 60} * * *`;
}

function lineOf({ name, command, schedule, log }: Job): string {
  const words = [...command, "--log", log].map(shellQuoted).join(" ");
  // cron takes a bare % for the end of the line.
  return `${when(schedule)} ${words.replaceAll("%", String.raw`\%`)} ${markOf(name)}`;
}

/**
 * The lines of the user's table; none where there is no table. What they hold is not ours: bytes go as they came.
 * @throws UserError when it cannot be read: then nothing may be written either.
 */
async function tableLines(): Promise<string[]> {
  const { failed, stdout, stderr, shortMessage } = await execa("crontab", ["-l"], {
    ...{ reject: false, stdin: "ignore", encoding: "latin1" },
  });
  if (!failed) return stdout.split("\n");
  if (/no crontab/i.test(stderr)) return [];
  const [said = ""] = (stderr.trim() || (shortMessage ?? "")).split("\n");
  throw new UserError(
    `The crontab cannot be read (${printable(said)}), and was left as it is; run this again, or choose another with --scheduler.`,
  );
}

function isOf(name: JobName): (line: string) => boolean {
  return (line) => line.endsWith(markOf(name));
}

async function write(lines: readonly string[]): Promise<void> {
  const text = lines.join("\n").trimEnd();
  if (text === "") await succeeds("crontab", "-r");
  else await ask("crontab", ["-"], Buffer.from(`${text}\n`, "latin1"));
}

/** A line in the user's crontab. */
export const cron: Scheduler = {
  name: "cron",
  title: "cron",
  // Without a table of one's own it ends with 1, as without a right to one.
  isHere: async () => (await succeeds("crontab", "-l")) || (await hasProgram()),
  units: (job): Unit[] => [{ path: "crontab", text: `${lineOf(job)}\n` }],
  isInstalled: async (name) => (await tableLines()).some(isOf(name)),
  async install(job) {
    const isOurs = isOf(job.name);
    const others = (await tableLines()).filter((line) => !isOurs(line));
    await write([...others, Buffer.from(lineOf(job)).toString("latin1")]);
  },
  async remove(name) {
    const isOurs = isOf(name);
    const lines = await tableLines();
    if (lines.some(isOurs)) await write(lines.filter((line) => !isOurs(line)));
  },
  whereItSays: ({ log }) => log,
};

function hasProgram(): Promise<boolean> {
  return succeeds("sh", "-c", "command -v crontab");
}
