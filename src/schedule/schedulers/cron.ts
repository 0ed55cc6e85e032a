import { shellQuoted } from "../../format/shell.ts";
import type { Job } from "../job.ts";
import { DAY, timeOf, type Schedule } from "../schedule.ts";
import { ask, succeeds, type Scheduler, type Unit } from "./scheduler.ts";

/** What the line is known by. */
const MARK = "# ccbooks fetch";

function when(schedule: Schedule): string {
  const { everyMinutes } = schedule;
  if (everyMinutes === DAY) {
    const { hour, minute } = timeOf(schedule);
    return `${minute} ${hour} * * *`;
  }
  if (everyMinutes < 60) return `*/${everyMinutes} * * * *`;
  return everyMinutes === 60 ? "0 * * * *" : `0 */${everyMinutes / 60} * * *`;
}

function lineOf({ command, schedule, log }: Job): string {
  const words = [...command, "--log", log].map(shellQuoted).join(" ");
  // cron takes a bare % for the end of the line.
  return `${when(schedule)} ${words.replaceAll("%", String.raw`\%`)} ${MARK}`;
}

/** The lines of the user's table without ours; none where there is no table. */
async function otherLines(): Promise<string[]> {
  if (!(await succeeds("crontab", "-l"))) return [];
  const lines = (await ask("crontab", ["-l"])).split("\n");
  return lines.filter((line) => !line.endsWith(MARK));
}

async function write(lines: readonly string[]): Promise<void> {
  const text = lines.join("\n").trimEnd();
  if (text === "") await succeeds("crontab", "-r");
  else await ask("crontab", ["-"], `${text}\n`);
}

/** A line in the user's crontab. */
export const cron: Scheduler = {
  name: "cron",
  title: "cron",
  // Without a table of one's own it ends with 1, as without a right to one.
  isHere: async () => (await succeeds("crontab", "-l")) || (await hasProgram()),
  units: (job): Unit[] => [{ path: "crontab", text: `${lineOf(job)}\n` }],
  async isInstalled() {
    if (!(await succeeds("crontab", "-l"))) return false;
    return (await ask("crontab", ["-l"])).split("\n").some((line) => line.endsWith(MARK));
  },
  async install(job) {
    await write([...(await otherLines()), lineOf(job)]);
  },
  async remove() {
    if (await this.isInstalled()) await write(await otherLines());
  },
  whereItSays: ({ log }) => log,
};

function hasProgram(): Promise<boolean> {
  return succeeds("sh", "-c", "command -v crontab");
}
