import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { locateCcusage } from "./locate.ts";

/** What ccusage is asked, besides which report. */
export interface Question {
  /** IANA name; where a day begins and ends. */
  timezone: string;
  /** Use the prices built into ccusage instead of fetching today's. */
  offline: boolean;
}

/** The cost mode every report is asked for: costs that lines carry, else calculated from tokens. */
export const COST_MODE = "auto";

/** An empty configuration, given by name so that ccusage looks for no other. */
const NO_CONFIG = fileURLToPath(new URL("./no-config.json", import.meta.url));

/**
 * What tells one ccusage and question from another without running anything; undefined for a program that
 * only PATH knows. A ccusage that was replaced has another size or time.
 */
export function questionMark(program: string | undefined, question: Question): string | undefined {
  const { file, leading } = locateCcusage(program);
  const stat = statSync(leading[0] ?? file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const { timezone, offline } = question;
  return JSON.stringify([file, leading, stat.size, stat.mtimeMs, timezone, COST_MODE, offline]);
}

export type ReportName = "daily" | "session";

/** The arguments for one report; 17 and 18 know only Claude, 20 must be told. */
export function reportArguments(
  report: ReportName,
  version: string,
  { timezone, offline }: Question,
): string[] {
  return [
    ...(version.startsWith("20.") ? ["claude"] : []),
    report,
    ...(report === "daily" ? ["--instances"] : []),
    "--json",
    `--timezone=${timezone}`,
    `--mode=${COST_MODE}`,
    "--order=asc",
    offline ? "--offline" : "--no-offline",
    `--config=${NO_CONFIG}`,
  ];
}
