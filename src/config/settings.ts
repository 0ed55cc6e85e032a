import { configFile, readConfig, writeConfig } from "./files.ts";
import { UserError } from "../errors.ts";

/** What the user chose once and for all. */
export interface Settings {
  /** What the plan costs, USD a month; null: by the token, or not said. */
  planUsd: number | null;
}

const NAME = "settings.json";

/** @throws UserError when the file is there and holds no settings. */
export function readSettings(): Settings {
  const text = readConfig(NAME);
  const settings = text === undefined ? { planUsd: null } : parse(text);
  if (settings !== undefined) return settings;
  throw new UserError(
    `${configFile(NAME)} should hold a "planUsd" of US dollars a month and does not; mend it, or delete it.`,
  );
}

/** @throws UserError when the file cannot be written. */
export function keepSettings(settings: Settings): void {
  writeConfig(NAME, settings, "keep the plan");
}

function parse(text: string): Settings | undefined {
  try {
    const { planUsd } = JSON.parse(text);
    const fits = planUsd === null || (typeof planUsd === "number" && planUsd > 0);
    return fits ? { planUsd } : undefined;
  } catch {
    return undefined;
  }
}
