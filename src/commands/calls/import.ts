import { createReadStream, statSync } from "node:fs";
import { createInterface } from "node:readline";

import { machineTimezone } from "../../config/machine.ts";
import { databasePath } from "../../config/paths.ts";
import { endOfTomorrow } from "../../fetch/changed.ts";
import { errorCode, UsageError, UserError } from "../../errors.ts";
import { count, counted } from "../../format/figures.ts";
import { printable } from "../../format/printable.ts";
import { recordCalls, type Recordable } from "../../recorder/record.ts";
import { SetAside } from "../../sources/claude-code/line.ts";
import { ClaudeOutput } from "../../sources/recorder/claude-output.ts";
import { usageLogLine } from "../../sources/recorder/usage-log.ts";
import { say, sayWarning } from "../../terminal/say.ts";

interface Flags {
  db?: string | undefined;
  project?: string | undefined;
  task?: string | undefined;
  worker?: string | undefined;
}

/** Takes in what `claude -p` printed, and logs of one call a line that other tools wrote; twice is the same as once. */
export async function importCalls(files: readonly string[], flags: Flags): Promise<void> {
  if (files.length === 0) throw new UsageError("Missing a file: `ccbooks calls import FILE…`.");
  const { project = null, task = null, worker = null } = flags;
  for (const file of files) {
    const { recordables, setAside } = await readFile(file, { project, task, worker });
    const recorded = await recordCalls(databasePath(flags.db), recordables);
    const added = recorded.filter(({ kept }) => kept.isNew).length;
    const known = recorded.length - added;
    say(
      `${printable(file)}: ${counted(added, "call")} added${known === 0 ? "" : `, ${count(known)} known already`}.`,
    );
    if (setAside > 0) {
      sayWarning(
        `${counted(setAside, "line")} of ${printable(file)} ${setAside === 1 ? "is" : "are"} no call that can be read, and left out; check which file it is.`,
      );
    }
  }
}

interface Owner {
  project: string | null;
  task: string | null;
  worker: string | null;
}

/** @throws UserError when the file cannot be read. */
async function readFile(
  file: string,
  owner: Owner,
): Promise<{ recordables: Recordable[]; setAside: number }> {
  const latest = endOfTomorrow(Date.now(), machineTimezone());
  try {
    // A result says no time: the file was written when it came.
    const at = Math.min(statSync(file).mtimeMs, latest);
    const run = await readRun(file);
    if (run !== null) {
      const facts = { ...owner, at: Math.round(at), project: owner.project ?? run.cwd };
      return { recordables: [{ run, facts }], setAside: 0 };
    }
    return await readLog(file, owner, latest);
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    throw new UserError(
      `${file} cannot be read (${code}); name a file that \`claude -p\` or a log was written to.`,
      { cause: error },
    );
  }
}

async function readRun(file: string) {
  const output = new ClaudeOutput();
  for await (const piece of createReadStream(file)) output.add(piece);
  return output.end();
}

async function readLog(
  file: string,
  owner: Owner,
  latest: number,
): Promise<{ recordables: Recordable[]; setAside: number }> {
  const recordables: Recordable[] = [];
  let setAside = 0;
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const line of lines) {
    try {
      const call = usageLogLine(line);
      if (call === null) continue;
      if (call.at > latest) throw new SetAside("from the future");
      const { project, task, worker } = call;
      const own = {
        project: project ?? owner.project,
        task: task ?? owner.task,
        worker: worker ?? owner.worker,
      };
      recordables.push({ call: { ...call, ...own } });
    } catch (error) {
      if (!(error instanceof SetAside)) throw error;
      setAside += 1;
    }
  }
  return { recordables, setAside };
}
