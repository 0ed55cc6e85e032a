/** What came of a change of Claude Code's settings. */
export interface SettingsChange {
  file: string;
  setting: string;
  /** JSON; null where there is none. */
  before: string | null;
  after: string | null;
  /** A copy of the file as it was; null where nothing changed, or there was none. */
  copy: string | null;
}
