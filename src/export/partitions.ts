import { mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { isDate } from "../dates.ts";
import { errorCode, UserError } from "../errors.ts";
import type { Exported, Row } from "../readers/export-rows.ts";
import type { Range } from "../readers/summary.ts";
import { makeFolder } from "../system/folders.ts";
import { look, onDisk, writeDraft, type Chunks } from "../system/output-file.ts";
import { misfit } from "./column-types.ts";
import { folderName } from "./folder-name.ts";

/**
 * Writes an export as a folder in the layout of Hive, a file a month:
 * `<root>/<table>/year=2026/month=11/<table>.parquet`. Files of an earlier export are replaced one by one,
 * after all new ones are whole; those of months in the range that have no rows any more are removed.
 * Files of other names are left alone. Rows without a date have a folder as of a month.
 * @param rows sorted by date
 * @param range of whole months
 * @throws UserError when it cannot be written.
 */
export function writePartitions(
  root: string,
  exported: Exported,
  rows: Iterable<Row>,
  range: Range,
  encode: (rows: Iterable<Row>) => Chunks,
): { folder: string; files: number; bytes: number } {
  if (look(root, statSync, "export")?.isDirectory() === false) {
    throw new UserError(`${root} is a file; with --partition name a folder.`);
  }
  const table = folderName(exported.name);
  const folder = join(root, table);
  const dateIndex = exported.columns.findIndex(({ name }) => name === "date");
  const drafts = onDisk(root, () => {
    makeFolder(root);
    return mkdtempSync(join(root, ".ccbooks-"));
  });
  try {
    const months: string[] = [];
    for (const [month, ofMonth] of byMonth(rows, dateIndex)) {
      writeDraft(join(drafts, month), encode(ofMonth), folder);
      months.push(month);
    }
    const bytes = onDisk(folder, () => replace(folder, table, drafts, months, range));
    return { folder, files: months.length, bytes };
  } finally {
    rmSync(drafts, { recursive: true, force: true });
  }
}

/** Puts whole files in the place of an earlier export's. @returns their size in bytes. */
function replace(
  folder: string,
  table: string,
  drafts: string,
  months: readonly string[],
  range: Range,
): number {
  let bytes = 0;
  for (const month of months) {
    const target = partition(folder, table, month);
    makeFolder(dirname(target));
    renameSync(join(drafts, month), target);
    bytes += statSync(target).size;
  }
  const emptied = monthsIn(folder).filter(
    (month) => !months.includes(month) && isInside(month, range),
  );
  for (const month of emptied) remove(partition(folder, table, month));
  return bytes;
}

/**
 * The rows of each month (YYYY-MM) in turn, first those without a date. A month's must be read before the
 * next one is asked for.
 * @throws UserError at a row with anything else for a date: no folder is named after that.
 */
function* byMonth(
  rows: Iterable<Row>,
  dateIndex: number,
): Iterable<[month: string, rows: Iterable<Row>]> {
  const source = rows[Symbol.iterator]();
  const monthOf = (row: Row): string => {
    const date = row[dateIndex] ?? null;
    if (date === null) return NO_MONTH;
    if (typeof date === "string" && isDate(date)) return date.slice(0, 7);
    throw misfit("date", date, "a day as YYYY-MM-DD");
  };
  try {
    let next = source.next();
    while (!next.done) {
      const month = monthOf(next.value);
      yield [
        month,
        (function* () {
          while (!next.done && monthOf(next.value) === month) {
            yield next.value;
            next = source.next();
          }
        })(),
      ];
    }
  } finally {
    source.return?.();
  }
}

/** What Hive calls the folder of rows that have no value to name one by. */
const NO_MONTH = "__HIVE_DEFAULT_PARTITION__";

function partition(folder: string, table: string, month: string): string {
  const [year, number] = month === NO_MONTH ? [month, month] : [month.slice(0, 4), month.slice(5)];
  return join(folder, `year=${year}`, `month=${number}`, `${table}.parquet`);
}

/** The months (YYYY-MM) that have a folder. */
function monthsIn(folder: string): string[] {
  const dated = namesIn(folder, /^year=(\d{4})$/).flatMap((year) =>
    namesIn(join(folder, `year=${year}`), /^month=(\d\d)$/).map((month) => `${year}-${month}`),
  );
  const undated = namesIn(join(folder, `year=${NO_MONTH}`), new RegExp(`^month=(${NO_MONTH})$`));
  return [...dated, ...undated];
}

function namesIn(folder: string, pattern: RegExp): string[] {
  if (look(folder, statSync, "export")?.isDirectory() !== true) return [];
  return readdirSync(folder).flatMap((name) => pattern.exec(name)?.[1] ?? []);
}

function isInside(month: string, { since, until }: Range): boolean {
  if (month === NO_MONTH) return since === null && until === null;
  return (
    (since === null || month >= since.slice(0, 7)) && (until === null || month <= until.slice(0, 7))
  );
}

/** Removes a file and the folders of its month and year, if nothing else is in them. */
function remove(file: string): void {
  rmSync(file, { force: true });
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
      return;
    }
  }
}
