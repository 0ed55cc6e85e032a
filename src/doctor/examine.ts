import { thisMachine } from "../config/machine.ts";
import { compareWithCcusage } from "../fetch/audit.ts";
import { readBooks } from "../ledger/open.ts";
import { addDays, dayAt } from "../dates.ts";
import { readCoverage } from "../readers/coverage.ts";
import { readPullHealth } from "../readers/bill.ts";
import { readHealth, readMachines } from "../readers/health.ts";
import { readLastRunOf } from "../readers/runs.ts";
import { findCcusage } from "../sources/ccusage/find.ts";
import { programPath } from "../sources/ccusage/locate.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { retentionIn } from "../sources/claude-code/retention.ts";
import { listTranscripts } from "../sources/claude-code/transcripts.ts";
import { auditSentence } from "./audit-sentence.ts";
import { failed, type Check } from "./check.ts";
import { checkDatabase } from "./database.ts";
import { checkFetches, checkHistory } from "./history.ts";
import {
  checkCounts,
  checkEarlyDeletions,
  checkLines,
  checkRetention,
  checkSweep,
  checkTranscripts,
} from "./logs.ts";
import { checkFolders, checkMachine, machineInBooks } from "./machine.ts";
import { checkPulls } from "./pulls.ts";
import { checkTelemetry } from "./telemetry.ts";
import { checkSchedule } from "./schedule.ts";

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

  const { known, health, pulls, coverage, lastFetch } = await readBooks(path, (books) => {
    const machines = readMachines(books);
    const ours = machineInBooks(machine, machines);
    return {
      known: machines,
      pulls: readPullHealth(books),
      coverage: readCoverage(books, addDays(dayAt(Date.now(), machine.timezone).date, -6)),
      lastFetch: readLastRunOf(books, {
        command: "fetch",
        machine: ours?.label ?? machine.name,
      }),
      health: readHealth(books, ours ?? { id: 0, label: machine.name }, retention.days),
    };
  });
  const ofMachine = checkMachine(machine, known);
  if (ofMachine.status === "fail") return [...checks, ofMachine];
  const circumstances = { timezone: machine.timezone, now: new Date() };
  return [
    ...checks,
    checkLines(health.setAside),
    checkSweep(listing.transcripts, health.fetched, { ...circumstances, retention }),
    ...checkEarlyDeletions(health.earlyDeletions, retention),
    checkHistory(health),
    checkFetches(health, { ...circumstances, retentionDays: retention.days }),
    ...checkPulls(pulls, circumstances.now),
    ...checkTelemetry(coverage),
    await checkSchedule(path, lastFetch, circumstances.now),
    ...checkFolders(health.folders),
    ofMachine,
    checkCounts(health.differing),
    ...(await checkAudit(path, options.ccusage, folders)),
  ];
}

/** Whether ccusage counts the transcripts as a scan of them does; no check where it cannot be asked. */
async function checkAudit(
  path: string,
  program: string | undefined,
  folders: readonly string[],
): Promise<Check[]> {
  const name = "audit";
  if (folders.length === 0) return [];
  try {
    const ccusage = await findCcusage(program);
    const audited = await readBooks(path, (books) =>
      compareWithCcusage(books, folders, { ccusage, timeout: AUDIT_SECONDS }),
    );
    const status = audited.differences.length === 0 ? "ok" : "warn";
    return [{ name, status, message: auditSentence(audited) }];
  } catch (error) {
    return [failed(name, error)];
  }
}

/** How long ccusage may take for it. */
const AUDIT_SECONDS = 600;

/** Whether a fetch finds a ccusage it can count with. */
async function checkCcusage(program: string | undefined): Promise<Check> {
  const name = "ccusage";
  try {
    const ccusage = await findCcusage(program);
    const message = `${ccusage.version}, which ccbooks counts with, at ${programPath(ccusage.program)}.`;
    return { name, status: "ok", message };
  } catch (error) {
    return failed(name, error);
  }
}
