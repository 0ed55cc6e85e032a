import { UserError } from "../../errors.ts";
import { UNKNOWN_PROJECT, type Report } from "../../usage.ts";
import { believeDaily, believeSession, isObject, readJson } from "./parse.ts";
import { daysOf, sessionsOf } from "./read.ts";

/**
 * Reads a report that somebody saved from `ccusage daily --json` or `ccusage session --json`, of 17, 18
 * or 20, for Claude or for all agents, plain or with `--instances`.
 * @param name how to call the file in a sentence
 * @throws UserError when it is another report, covers other agents too, or does not add up.
 */
export function readSavedReport(text: string, name: string, timezone: string): Report {
  const saved = { name, nextStep: "save it anew with `ccusage claude daily --json`." };
  const json = readJson(text, saved);
  if (isObject(json)) {
    const { projects, daily, sessions, session } = json;
    if (projects !== undefined) return { days: daysOf(believeDaily(json, saved)), sessions: [] };
    if (Array.isArray(daily)) {
      const rows = daily.map((row) => claudeRow(row, name, "date"));
      const report = { ...json, projects: { [UNKNOWN_PROJECT]: rows } };
      return { days: daysOf(believeDaily(report, saved)), sessions: [] };
    }
    const list = sessions ?? session;
    if (Array.isArray(list)) {
      const rows = list.map((row) => claudeRow(row, name, "sessionId"));
      const report = believeSession({ ...json, sessions: rows }, saved);
      return { days: [], sessions: sessionsOf(report, timezone) };
    }
  }
  throw new UserError(
    `${name} is neither a daily nor a session report of ccusage; save one with \`ccusage daily --json\`.`,
  );
}

/** A row of the all-agents reports as the Claude reports have it: `period` is their key. */
function claudeRow(row: unknown, name: string, key: "date" | "sessionId"): unknown {
  if (!isObject(row) || row["period"] === undefined) return row;
  const metadata = isObject(row["metadata"]) ? row["metadata"] : {};
  const agents = Array.isArray(metadata["agents"]) ? metadata["agents"] : [row["agent"]];
  const other = agents.find((agent) => agent !== "claude");
  if (other !== undefined) {
    throw new UserError(
      `${name} covers other agents than Claude (${String(other)}), whose usage cannot be told apart in it; save \`ccusage claude daily --json\` instead.`,
    );
  }
  return { ...metadata, ...row, [key]: row["period"] };
}
