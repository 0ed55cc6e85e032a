import { existsSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { makeFolder } from "../../system/folders.ts";
import type { Job } from "../job.ts";
import type { JobName } from "../kept.ts";
import { DAY, type Schedule } from "../schedule.ts";
import { ABOUT, ask, succeeds, type Scheduler, type Unit } from "./scheduler.ts";

function unitName(name: JobName): string {
  return `ccbooks-${name}`;
}

/** Where the user's units are. */
export function folder(): string {
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "systemd", "user");
}

function pathOf(name: JobName, kind: "service" | "timer"): string {
  return join(folder(), `${unitName(name)}.${kind}`);
}

/** A word of a command: systemd reads quotes, backslashes, % and $ as its own signs. */
export function word(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, String.raw`\$&`);
  return `"${escaped.replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;
}

/** When, as systemd writes it. */
function calendar(schedule: Schedule): string {
  const { everyMinutes, at } = schedule;
  if (everyMinutes === DAY) return `*-*-* ${at ?? "00:00"}:00`;
  const hours = everyMinutes / 60;
  if (everyMinutes < 60) return `*-*-* *:00/${everyMinutes}:00`;
  return hours === 1 ? "*-*-* *:00:00" : `*-*-* 00/${hours}:00:00`;
}

function units({ name, command, schedule }: Job): Unit[] {
  return [
    {
      path: pathOf(name, "service"),
      text: `[Unit]
Description=${ABOUT[name]}

[Service]
Type=oneshot
ExecStart=${command.map(word).join(" ")}
# It tries three times itself, and ends after ten minutes.
TimeoutStartSec=11min
Nice=10
`,
    },
    {
      path: pathOf(name, "timer"),
      text: `[Unit]
Description=ccbooks: when to ${name}

[Timer]
OnCalendar=${calendar(schedule)}
# What was missed while the machine slept is made up for.
Persistent=true

[Install]
WantedBy=timers.target
`,
    },
  ];
}

/** The user's own systemd: a timer. */
export const systemd: Scheduler = {
  name: "systemd",
  title: "systemd",
  isHere: () => succeeds("systemctl", "--user", "show-environment"),
  units,
  isInstalled: async (name) =>
    existsSync(pathOf(name, "timer")) &&
    existsSync(pathOf(name, "service")) &&
    succeeds("systemctl", "--user", "is-enabled", `${unitName(name)}.timer`),
  async install(job) {
    for (const { path, text } of units(job)) {
      makeFolder(dirname(path));
      writeFileSync(path, text);
    }
    await ask("systemctl", ["--user", "daemon-reload"]);
    await ask("systemctl", ["--user", "enable", "--now", `${unitName(job.name)}.timer`]);
  },
  async remove(name) {
    if (!existsSync(pathOf(name, "timer")) && !existsSync(pathOf(name, "service"))) return;
    // Whether it is enabled or not: the files go.
    await succeeds("systemctl", "--user", "disable", "--now", `${unitName(name)}.timer`);
    for (const kind of ["timer", "service"] as const) rmSync(pathOf(name, kind), { force: true });
    await succeeds("systemctl", "--user", "daemon-reload");
  },
  whereItSays: ({ name }) => `\`journalctl --user -u ${unitName(name)}\``,
};
