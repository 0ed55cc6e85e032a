import { readFileSync } from "node:fs";

import { errorCode, UserError } from "../../errors.ts";
import { UNKNOWN_PROJECT, type Report } from "../../usage.ts";
import { believeDaily, believeSession, isObject, readJson } from "./parse.ts";
import { daysOf, sessionsOf } from "./read.ts";

/**
 * Reads a report that somebody saved from `ccusage daily --json` or `ccusage session --json`, of 17, 18
 * or 20, for Claude or for all agents, plain or with `--instances`.
 * @throws UserError when it cannot be read, is another report, covers other agents too, or does not add up.
 */
export function readSavedReport(file: string, timezone: string): Report {
  const saved = { name: file, nextStep: "save it anew with `ccusage claude daily --json`." };
  const json = readJson(readText(file), saved);
  if (isObject(json)) {
    const { projects, daily, sessions, session } = json;
    if (projects !== undefined) return { days: daysOf(believeDaily(json, saved)), sessions: [] };
    if (Array.isArray(daily)) {
      const rows = daily.map((row) => claudeRow(row, file, "date"));
      const report = { ...json, projects: { [UNKNOWN_PROJECT]: rows } };
      return { days: daysOf(believeDaily(report, saved)), sessions: [] };
    }
    const list = sessions ?? session;
    if (Array.isArray(list)) {
      const rows = list.map((row) => claudeRow(row, file, "sessionId"));
      const report = believeSession({ ...json, sessions: rows }, saved);
      return { days: [], sessions: sessionsOf(report, timezone) };
    }
  }
  throw new UserError(
    `${file} is neither a daily nor a session report of ccusage; save one with \`ccusage daily --json\`.`,
  );
}

/** A shell may have written it: PowerShell does so as UTF-16, with a mark that says so. */
function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    throw new UserError(
      `${file} cannot be read (${code}); check that it is a file that you may read.`,
    );
  }
}

/** A row of the all-agents reports as the Claude reports have it: `period` is their key. */
function claudeRow(row: unknown, file: string, key: "date" | "sessionId"): unknown {
  if (!isObject(row) || row["period"] === undefined) return row;
  const metadata = isObject(row["metadata"]) ? row["metadata"] : {};
  const agents = Array.isArray(metadata["agents"]) ? metadata["agents"] : [row["agent"]];
  const other = agents.find((agent) => agent !== "claude");
  if (other !== undefined) {
    throw new UserError(
      `${file} covers other agents than Claude (${String(other)}), whose usage cannot be told apart in it; save \`ccusage claude daily --json\` instead.`,
    );
  }
  return { ...metadata, ...row, [key]: row["period"] };
}
