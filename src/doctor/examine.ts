import { readBooks } from "../ledger/open.ts";
import { thisMachine } from "../config/machine.ts";
import { readHealth } from "../readers/health.ts";
import { identifyCcusage } from "../sources/ccusage/run.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { retentionIn } from "../sources/claude-code/retention.ts";
import { listTranscripts } from "../sources/claude-code/transcripts.ts";
import { failed, type Check } from "./check.ts";
import { checkDatabase } from "./database.ts";
import { checkFetches, checkHistory } from "./history.ts";
import { checkRetention, checkSweep, checkTranscripts } from "./logs.ts";
import { checkMachine, checkTwins } from "./machine.ts";

/**
 * Looks at everything a fetch depends on and at what may have been lost. Changes nothing. What cannot
 * be looked at because something before it failed is left out.
 */
export async function examine(options: {
  db: string | undefined;
  ccusage: string | undefined;
}): Promise<Check[]> {
  const { checks, path } = await checkDatabase(options.db);
  const folders = claudeFolders();
  const listing = listTranscripts(folders);
  const retention = retentionIn(process.cwd(), folders);
  checks.push(
    await checkCcusage(options.ccusage),
    checkTranscripts(folders, listing),
    checkRetention(retention),
  );

  let machine: ReturnType<typeof thisMachine>;
  try {
    machine = thisMachine({ machine: undefined, timezone: undefined });
  } catch (error) {
    return [...checks, failed("machine", error)];
  }
  if (path === undefined) return [...checks, checkMachine(machine, undefined)];

  const health = await readBooks(path, (books) => readHealth(books, machine.name, retention.days));
  const ofMachine = checkMachine(machine, health.machines);
  if (ofMachine.status === "fail") return [...checks, ofMachine];
  const circumstances = { timezone: machine.timezone, now: new Date() };
  return [
    ...checks,
    checkSweep(listing.transcripts, health.fetched, { ...circumstances, retention }),
    checkHistory(health),
    checkFetches(health, { ...circumstances, retentionDays: retention.days }),
    ofMachine,
    ...checkTwins(health.twins),
  ];
}

/** Whether a fetch finds a ccusage it can read. */
async function checkCcusage(program: string | undefined): Promise<Check> {
  const name = "ccusage";
  try {
    const { version, path } = await identifyCcusage(program);
    return { name, status: "ok", message: `${version}, which ccbooks reads, at ${path}.` };
  } catch (error) {
    return failed(name, error);
  }
}
