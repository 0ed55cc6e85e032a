import * as z from "zod/mini";

import { UNKNOWN_PROJECT } from "../../usage.ts";
import { distrust, quote, type Suspect } from "./validate.ts";
import { dailyReport, sessionReport, type DailyReport, type SessionReport } from "./schema.ts";
import { checkSums, none } from "./sums.ts";

/** What ccusage printed, believed only when it is whole, has the known shape and adds up. */

/** The daily report (`--instances`), validated and checked against its own totals. */
export function parseDaily(text: string, version: string): DailyReport {
  const subject = printedDaily(version);
  return believeDaily(readJson(text, subject), subject);
}

/** What a release printed as its daily report. */
export function printedDaily(version: string): Suspect {
  return printed(`the daily report of ccusage ${version}`);
}

function printed(name: string): Suspect {
  return { name, nextStep: "run the fetch again, or try another release with --ccusage." };
}

/** As `parseDaily`, of what was read already. */
export function believeDaily(json: unknown, subject: Suspect): DailyReport {
  // Without any usage ccusage forgets `--instances`, and older releases print a bare list.
  if (isEmptyList(json) || (isObject(json) && !("projects" in json) && isEmptyList(json["daily"])))
    return { projects: {}, totals: none };
  const report = validated(dailyReport, json, subject);

  const rows = Object.entries(report.projects).flatMap(([project, projectRows]) => {
    const dates = new Set<string>();
    return projectRows.map((row) => {
      const where = `projects["${project}"] on ${row.date}`;
      if (dates.has(row.date)) distrust(subject, `has ${where} twice`);
      dates.add(row.date);
      return { where, row };
    });
  });
  checkSums(rows, report.totals, subject);
  return report;
}

/** The session report, validated and checked against its own totals. */
export function parseSession(text: string, version: string): SessionReport {
  const subject = printed(`the session report of ccusage ${version}`);
  return believeSession(readJson(text, subject), subject);
}

/** As `parseSession`, of what was read already. */
export function believeSession(json: unknown, subject: Suspect): SessionReport {
  if (isEmptyList(json)) return { sessions: [], totals: none };
  const report = validated(sessionReport, json, subject);

  const keys = new Set<string>();
  const rows = report.sessions.map((row) => {
    const where = `session ${row.sessionId} of ${row.projectPath ?? UNKNOWN_PROJECT}`;
    if (keys.has(where)) distrust(subject, `has ${where} twice`);
    keys.add(where);
    return { where, row };
  });
  checkSums(rows, report.totals, subject);
  return report;
}

/** What ccusage printed as data, or a sentence on why it is none. */
export function readJson(text: string, subject: Suspect): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const start = text.trimStart();
    if (!/^[{[]/.test(start)) {
      distrust(subject, `begins with ${quote(start.split("\n")[0] ?? "")} instead of JSON`);
    }
    const why = error instanceof Error ? error.message : String(error);
    return distrust(subject, `is not whole JSON (${why})`);
  }
}

function validated<T>(schema: z.core.$ZodType<T>, json: unknown, subject: Suspect): T {
  const result = z.safeParse(schema, json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const found = path.reduce<unknown>(
    (value, key) => (isObject(value) ? value[String(key)] : undefined),
    json,
  );
  const wanted = issue === undefined ? undefined : wantedOf(issue);
  return distrust(
    subject,
    `has ${found === undefined ? "nothing" : quote(found)} as ${fieldName(path)}, where ${wanted ?? "something else"} was expected`,
  );
}

/** What would have been right in the place of an issue. */
function wantedOf(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "custom") return issue.message;
  if (issue.code === "too_big") return "a number that JSON carries exactly";
  if (issue.code === "too_small") return issue.origin === "string" ? "a text" : "at least 0";
  return issue.code === "invalid_type" ? expectations[issue.expected] : undefined;
}

const expectations: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  array: "a list",
  record: "an object",
  object: "an object",
};

function fieldName(path: readonly PropertyKey[]): string {
  const steps = path.map((key) => {
    const text = String(key);
    return /^\d+$/.test(text) ? `[${text}]` : /^\w+$/.test(text) ? `.${text}` : `["${text}"]`;
  });
  return steps.join("").replace(/^\./, "") || "the whole report";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
