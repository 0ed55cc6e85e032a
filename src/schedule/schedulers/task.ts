import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { escaped } from "../../format/html.ts";
import { inTemporaryFolder } from "../../system/temporary-folder.ts";
import type { Job } from "../job.ts";
import type { JobName } from "../kept.ts";
import { DAY, type Schedule } from "../schedule.ts";
import { ABOUT, ask, succeeds, type Scheduler, type Unit } from "./scheduler.ts";

function taskName(name: JobName): string {
  return `\\ccbooks\\${name}`;
}

/** An argument as Windows programs read their command line. */
function quoted(argument: string): string {
  return /[\s"]/.test(argument) || argument === ""
    ? `"${argument.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, "$1$1")}"`
    : argument;
}

/** Any day that has been: what counts is the time of day. */
const START = "2026-01-01";

function trigger({ everyMinutes, at }: Schedule): string {
  if (everyMinutes === DAY) {
    return `<CalendarTrigger>
      <StartBoundary>${START}T${at ?? "00:00"}:00</StartBoundary>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>`;
  }
  return `<TimeTrigger>
      <StartBoundary>${START}T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT${everyMinutes}M</Interval>
      </Repetition>
    </TimeTrigger>`;
}

function units({ name, command: [program = "", ...args], schedule, log }: Job): Unit[] {
  const words = [...args, "--log", log].map(quoted).join(" ");
  const text = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>${ABOUT[name]}</Description>
  </RegistrationInfo>
  <Triggers>
    ${trigger(schedule)}
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Hidden>true</Hidden>
    <ExecutionTimeLimit>PT11M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escaped(program)}</Command>
      <Arguments>${escaped(words)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
  return [{ path: taskName(name), text }];
}

/** Windows: Task Scheduler. */
export const task: Scheduler = {
  name: "task",
  title: "Task Scheduler",
  isHere: async () => process.platform === "win32",
  units,
  isInstalled: (name) => succeeds("schtasks", "/Query", "/TN", taskName(name)),
  install: (job) =>
    inTemporaryFolder(async (folder) => {
      const file = join(folder, "task.xml");
      for (const { text } of units(job)) writeFileSync(file, `\uFEFF${text}`, "utf16le");
      await ask("schtasks", ["/Create", "/TN", taskName(job.name), "/XML", file, "/F"]);
    }),
  async remove(name) {
    await succeeds("schtasks", "/Delete", "/TN", taskName(name), "/F");
  },
  whereItSays: ({ log }) => log,
};
