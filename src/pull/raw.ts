import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { errorCode, UserError } from "../errors.ts";
import { makeFolder } from "../system/folders.ts";

/** Answers as they were received, in files that are never overwritten. */

/** The reports by the folders that their answers go to, and how their files begin. */
export const RAW = {
  usage: { folder: "usage_report", prefix: "usage" },
  cost: { folder: "cost_report", prefix: "cost" },
  "claude-code": { folder: "claude_code", prefix: "claude_code" },
  "analytics-usage": { folder: "analytics_usage", prefix: "usage" },
  "analytics-cost": { folder: "analytics_cost", prefix: "cost" },
} as const;

export type RawReport = keyof typeof RAW;

/**
 * Writes an answer: `anthropic/usage_report/date=2026-11-16/usage_20261127T041500123Z.json`.
 * @param date the first day that it tells of
 * @throws UserError when it cannot be written.
 */
export function writeRaw(root: string, report: RawReport, date: string, text: string): void {
  const { folder, prefix } = RAW[report];
  const place = join(root, "anthropic", folder, `date=${date}`);
  const timestamp = new Date().toISOString().replaceAll(/[-:.]/g, "");
  try {
    makeFolder(place);
    for (let count = 0; ; count += 1) {
      const name = `${prefix}_${timestamp}${count === 0 ? "" : `_${count}`}.json`;
      if (written(join(place, name), text)) return;
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(
      `${place} cannot be written (${errorCode(error)}); name another folder with --raw.`,
      { cause: error },
    );
  }
}

/** @returns false where there is such a file already */
function written(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** An answer that was kept. */
export interface RawAnswer {
  report: RawReport;
  /** The first day that it tells of. */
  date: string;
  path: string;
  /** The day on which it came: YYYY-MM-DD. */
  cameOn: string;
  json: unknown;
}

/**
 * The answers that were kept below a folder, in the order in which they came.
 * @throws UserError when there are none, or one is not whole.
 */
export function readRaw(root: string): RawAnswer[] {
  const kinds = Object.entries(RAW);
  const answers = names(root).flatMap((path): RawAnswer[] => {
    const [, folder, date] =
      /(?:^|[/\\])anthropic[/\\](\w+)[/\\]date=(\d{4}-\d\d-\d\d)[/\\]\w+\.json$/.exec(path) ?? [];
    const report = kinds.find(([, kind]) => kind.folder === folder)?.[0];
    if (date === undefined || !isReport(report)) return [];
    const [, year = "", month = "", day = ""] = /_(\d{4})(\d\d)(\d\d)T/.exec(path) ?? [];
    const cameOn = `${year}-${month}-${day}`;
    return [{ report, date, path, cameOn, json: jsonIn(join(root, path)) }];
  });
  if (answers.length === 0) {
    throw new UserError(
      `There are no answers of Anthropic's below ${root}; name the folder that --raw was given.`,
    );
  }
  return answers.toSorted((a, b) => (timeIn(a.path) < timeIn(b.path) ? -1 : 1));
}

function isReport(name: string | undefined): name is RawReport {
  return name !== undefined && Object.hasOwn(RAW, name);
}

/** The time in a file's name, and the count behind it. */
function timeIn(path: string): string {
  const [, time = "", count = "0"] = /_(\d{8}T\d+Z)(?:_(\d+))?\.json$/.exec(basename(path)) ?? [];
  return `${time} ${count.padStart(6, "0")}`;
}

function names(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new UserError(
      `${root} cannot be read (${errorCode(error)}); name the folder that --raw was given.`,
    );
  }
}

function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new UserError(
      `${path} is no whole answer, and nothing was changed; remove the file, or take it from a copy.`,
    );
  }
}
