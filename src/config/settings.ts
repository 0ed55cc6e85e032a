import type { OwnPrices } from "../prices/settings.ts";
import { UserError } from "../errors.ts";
import type { Channels } from "./channels.ts";
import { configFile, readConfig, writeConfig } from "./files.ts";

/** What the user chose once and for all. */
export interface Settings {
  /** What the plan costs, USD a month; null: by the token, or not said. */
  planUsd: number | null;
  /** Whether the titles of sessions are kept. */
  titles: boolean;
  /** The user's own prices, before all others. */
  prices: OwnPrices;
  /** Who hears of budgets. */
  channels: Channels;
}

const NAME = "settings.json";

const DEFAULTS: Settings = { planUsd: null, titles: true, prices: {}, channels: {} };

/** @throws UserError when the file is there and holds no settings. */
export async function readSettings(): Promise<Settings> {
  const text = readConfig(NAME);
  if (text === undefined) return DEFAULTS;
  const { parseSettings } = await import("./settings-schema.ts");
  const { settings, mistake } = parseSettings(parsed(text));
  if (mistake !== undefined) throw new UserError(`${configFile(NAME)} ${mistake}.`);
  return { ...DEFAULTS, ...settings };
}

/**
 * Keeps some settings and leaves the others, also those that a newer ccbooks knows.
 * @throws UserError when the file cannot be read or written.
 */
export async function keepSettings(settings: Partial<Settings>): Promise<void> {
  await readSettings();
  const text = readConfig(NAME);
  const others = text === undefined ? {} : parsed(text);
  writeConfig(NAME, Object.assign({}, others, settings), "keep the settings");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const line = /\(line (\d+) /.exec(String(error))?.[1];
    const where = line === undefined ? "" : ` (line ${line})`;
    throw new UserError(`${configFile(NAME)} is not JSON${where}; correct it, or delete it.`);
  }
}
