import { csvLine } from "../export/csv.ts";
import type { Report, ReportRow, Selection } from "../readers/reports.ts";

/** A report as data: what it is about, its rows and what they come to. */
export function reportData(report: Report, selection: Selection) {
  const lists = report.columns.filter(({ kind }) => kind === "list").map(({ name }) => name);
  return {
    report: report.report,
    selection,
    rows: report.rows.map((row) => withLists(row, lists)),
    rowsInAll: report.rowsInAll,
    total: report.total ?? report.cacheTotal,
  };
}

function withLists(row: ReportRow, lists: readonly string[]): Record<string, unknown> {
  const parsed = lists.map((name) => [name, JSON.parse(String(row[name]))]);
  return { ...row, ...Object.fromEntries(parsed) };
}

/** A report as CSV, its columns named as in SQL. */
export function reportCsv({ columns, rows }: Report): string {
  const header = columns.map(({ name }) =>
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  const lines = rows.map((row) => columns.map(({ name }) => row[name] ?? null));
  return [header, ...lines].map((line) => csvLine(line)).join("");
}
