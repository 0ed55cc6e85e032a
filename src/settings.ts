import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { errorCode, UserError } from "./errors.ts";
import { configFolder } from "./paths.ts";

/** What the user chose once and for all. */
export interface Settings {
  /** What the plan costs, USD a month; null: by the token, or not said. */
  planUsd: number | null;
}

/** @throws UserError when the file is there and holds no settings. */
export function readSettings(): Settings {
  let text: string;
  try {
    text = readFileSync(settingsFile(), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { planUsd: null };
    throw new UserError(
      `Cannot read ${settingsFile()} (${errorCode(error)}); make it readable, or set CCBOOKS_CONFIG_DIR.`,
    );
  }
  const settings = parse(text);
  if (settings !== undefined) return settings;
  throw new UserError(
    `${settingsFile()} should hold a "planUsd" of US dollars a month and does not; mend it, or delete it.`,
  );
}

/** @throws UserError when the file cannot be written. */
export function keepSettings(settings: Settings): void {
  const file = settingsFile();
  try {
    mkdirSync(configFolder(), { recursive: true, mode: 0o700 });
    // Written beside and moved into place, so that a kill leaves the old file or the new one.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    throw new UserError(
      `Cannot keep the plan in ${file} (${errorCode(error)}); make the folder writable or set CCBOOKS_CONFIG_DIR to one that is.`,
    );
  }
}

function settingsFile(): string {
  return join(configFolder(), "settings.json");
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
