import { existsSync, rmSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";

import { escaped } from "../../format/html.ts";
import { makeFolder } from "../../system/folders.ts";
import type { Job } from "../job.ts";
import type { JobName } from "../kept.ts";
import { DAY, timeOf, type Schedule } from "../schedule.ts";
import { ask, succeeds, type Scheduler, type Unit } from "./scheduler.ts";

function labelOf(name: JobName): string {
  return `ccbooks.${name}`;
}

function pathOf(name: JobName): string {
  return join(homedir(), "Library", "LaunchAgents", `${labelOf(name)}.plist`);
}

function logOf(name: JobName): string {
  return join(homedir(), "Library", "Logs", `${labelOf(name)}.log`);
}

function domain(): string {
  return `gui/${userInfo().uid}`;
}

function when(schedule: Schedule): string {
  if (schedule.everyMinutes < DAY) {
    return `<key>StartInterval</key>
  <integer>${schedule.everyMinutes * 60}</integer>`;
  }
  const { hour, minute } = timeOf(schedule);
  return `<key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>${hour}</integer>
    <key>Minute</key>
    <integer>${minute}</integer>
  </dict>`;
}

function units({ name, command, schedule }: Job): Unit[] {
  const words = command.map((word) => `    <string>${escaped(word)}</string>`).join("\n");
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${labelOf(name)}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  ${when(schedule)}
  <key>StandardOutPath</key>
  <string>${escaped(logOf(name))}</string>
  <key>StandardErrorPath</key>
  <string>${escaped(logOf(name))}</string>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
  return [{ path: pathOf(name), text }];
}

/** macOS: an agent of the user's. */
export const launchd: Scheduler = {
  name: "launchd",
  title: "launchd",
  isHere: async () => process.platform === "darwin",
  units,
  isInstalled: async (name) =>
    existsSync(pathOf(name)) && succeeds("launchctl", "print", `${domain()}/${labelOf(name)}`),
  async install(job) {
    for (const unit of units(job)) {
      makeFolder(dirname(unit.path));
      writeFileSync(unit.path, unit.text);
    }
    // One that is there already would be kept as it was.
    await succeeds("launchctl", "bootout", `${domain()}/${labelOf(job.name)}`);
    await ask("launchctl", ["bootstrap", domain(), pathOf(job.name)]);
  },
  async remove(name) {
    if (!existsSync(pathOf(name))) return;
    await succeeds("launchctl", "bootout", `${domain()}/${labelOf(name)}`);
    rmSync(pathOf(name), { force: true });
  },
  whereItSays: ({ name }) => logOf(name),
};
