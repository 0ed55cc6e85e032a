import { UserError } from "../../errors.ts";
import { NO_MODEL, type Call } from "../../usage.ts";

/** What is known of the releases of ccusage. */

/** The releases that count as the books need it: `daily --instances` of Claude Code alone. */
const KNOWN = /^20\./;

/** @throws UserError when a release is not known to count so. */
export function checkRelease(version: string): void {
  if (KNOWN.test(version)) return;
  throw new UserError(
    `ccusage ${version} cannot count for ccbooks, which needs a 20.x; leave --ccusage out to use ccbooks' own. Reports saved from 17 and 18 can be merged.`,
  );
}

/** The cost mode of every report: costs that lines carry, else calculated from tokens. */
const COST_MODE = "auto";

/** What a report is asked for, besides the folder it is of. */
export interface Question {
  report: "daily" | "session";
  /** IANA name; where a day begins and ends. */
  timezone: string;
  /** Use the prices built into ccusage instead of downloading today's. */
  offline: boolean;
  /** The configuration file: without one ccusage looks for the user's, which can silently cut or reshape it. */
  config: string;
}

/** The arguments for a report, which leave nothing to the user's own settings. */
export function reportArguments({ report, timezone, offline, config }: Question): string[] {
  return [
    ...["claude", report],
    ...(report === "daily" ? ["--instances"] : []),
    "--json",
    `--timezone=${timezone}`,
    `--mode=${COST_MODE}`,
    "--order=asc",
    offline ? "--offline" : "--no-offline",
    `--config=${config}`,
  ];
}

/** What ccusage 20 says on standard error when it could not download prices. */
const USED_BUILT_IN = "using embedded pricing";

/** Whether a run that was to download prices went by those built in. */
export function usedBuiltInPrices(stderr: string): boolean {
  return stderr.includes(USED_BUILT_IN);
}

/** A model's name in the reports: fast mode is a model of its own, and a turn of no model has none. */
export function reportedModel({ model, speed }: Pick<Call, "model" | "speed">): string {
  if (model === "" || model === "<synthetic>") return NO_MODEL;
  return speed === null ? model : `${model}-${speed}`;
}
