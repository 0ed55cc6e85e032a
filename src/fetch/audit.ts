import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { thisMachine } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { readSettings } from "../config/settings.ts";
import { keepAudit, type Audit, type Difference } from "../ledger/audits.ts";
import { keepMachine } from "../ledger/machines.ts";
import { booksInMemory, withBooks, type Books } from "../ledger/open.ts";
import { countMissing, readCallsByDay } from "../readers/audit.ts";
import { parseDaily } from "../sources/ccusage/parse.ts";
import { daysOf } from "../sources/ccusage/read.ts";
import { askCcusage } from "../sources/ccusage/run.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { listTranscripts } from "../sources/claude-code/transcripts.ts";
import { inTemporaryFolder } from "../system/temporary-folder.ts";
import { tokenKinds, totalTokens, type Tokens } from "../usage.ts";
import { counterOf, type Counter, type CounterFlags } from "./count-books.ts";
import { endOfTomorrow } from "./changed.ts";
import { scanAndKeep } from "./scan.ts";
import { admitMachine } from "./this-machine.ts";

export interface Audited extends Audit {
  /** Calls of the transcripts that are not in the books yet. */
  notFetched: number;
}

/**
 * Has ccusage count the transcripts themselves and compares that, day by day and model by model, with the
 * calls a scan of them finds: the proof that the scanner understands what Claude Code writes. What it
 * finds is kept in the books.
 * @throws UserError for each way that ccusage can fail.
 */
export async function auditTranscripts(
  db: string | undefined,
  flags: CounterFlags,
): Promise<Audited> {
  const machine = thisMachine({ machine: undefined, timezone: undefined });
  const counter = await counterOf(flags, await readSettings());
  return withBooks(existingDatabase(db), async (books) => {
    const row = admitMachine(books, machine, undefined, new Date().toISOString());
    const audited = await compareWithCcusage(books, claudeFolders(), counter);
    keepAudit(books, row.id, audited);
    return audited;
  });
}

/** The same with opened books, which it only reads. */
export async function compareWithCcusage(
  books: Books,
  folders: readonly string[],
  counter: Pick<Counter, "ccusage" | "timeout">,
): Promise<Audited> {
  const auditedAt = new Date().toISOString();
  const scratch = booksInMemory();
  try {
    const byCalls = await scanByDay(scratch, folders, auditedAt);
    const byCcusage = await countByDay(folders, counter);
    return {
      auditedAt,
      ccusageVersion: counter.ccusage.version,
      days: new Set([...byCcusage.values()].map(({ date }) => date)).size,
      differences: differencesBetween(byCalls, byCcusage),
      notFetched: countMissing(scratch, books),
    };
  } finally {
    scratch.close();
  }
}

type ByDay = Map<string, Tokens & { date: string; model: string }>;

/** Days are those of UTC, which both sides reckon alike. */
async function scanByDay(scratch: Books, folders: readonly string[], at: string): Promise<ByDay> {
  const machine = { uid: "scratch", name: "scratch", timezone: "UTC" };
  const { row } = keepMachine(scratch, machine, at);
  const { transcripts, links } = listTranscripts(folders);
  // ccusage follows no links below projects/.
  const isLinked = (path: string): boolean =>
    links.some((link) => path === link || path.startsWith(`${link}/`));
  await scanAndKeep(
    scratch,
    { machine: row.id, uid: row.uid, seenAt: at },
    transcripts
      .filter(({ path }) => !isLinked(path))
      .map((transcript) => ({ transcript, before: null })),
    new Map(),
    { latest: endOfTomorrow(Date.parse(at), "UTC"), titles: false, onProgress: undefined },
  );
  return new Map(readCallsByDay(scratch).map((day) => [`${day.date} ${day.model}`, day]));
}

async function countByDay(
  folders: readonly string[],
  { ccusage, timeout }: Pick<Counter, "ccusage" | "timeout">,
): Promise<ByDay> {
  if (folders.length === 0) return new Map();
  return inTemporaryFolder(async (folder) => {
    const config = join(folder, "ccusage.json");
    writeFileSync(config, "{}");
    const { text } = await askCcusage(ccusage, {
      ...{ report: "daily", timezone: "UTC", offline: true, config },
      ...{ folders, timeout, deadline: Date.now() + timeout * 1000 },
    });
    const byDay: ByDay = new Map();
    for (const { date, cells } of daysOf(parseDaily(text, ccusage.version))) {
      for (const { project: _, cost: __, unpricedTokens: ___, ...cell } of cells) {
        const key = `${date} ${cell.model}`;
        const sum = byDay.get(key);
        if (sum === undefined) byDay.set(key, { date, ...cell });
        else for (const kind of tokenKinds) sum[kind] += cell[kind];
      }
    }
    return byDay;
  });
}

function differencesBetween(byCalls: ByDay, byCcusage: ByDay): Difference[] {
  const differences: Difference[] = [];
  for (const key of new Set([...byCalls.keys(), ...byCcusage.keys()])) {
    const [calls, ccusage] = [byCalls.get(key), byCcusage.get(key)];
    const one = ccusage ?? calls;
    const isSame = tokenKinds.every((kind) => (calls?.[kind] ?? 0) === (ccusage?.[kind] ?? 0));
    if (isSame || one === undefined) continue;
    differences.push({
      date: one.date,
      model: one.model,
      ccusageTokens: ccusage === undefined ? 0 : totalTokens(ccusage),
      callTokens: calls === undefined ? 0 : totalTokens(calls),
    });
  }
  return differences.toSorted((a, b) => (`${a.date} ${a.model}` < `${b.date} ${b.model}` ? -1 : 1));
}
