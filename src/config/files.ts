import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { errorCode, UserError } from "../errors.ts";
import { makeFolder } from "../system/make-folder.ts";
import { configFolder } from "./paths.ts";

/** What ccbooks remembers outside the books: small files in one folder. */

export function configFile(name: string): string {
  return join(configFolder(), name);
}

/**
 * @returns the text; undefined when there is no such file.
 * @throws UserError when it cannot be read.
 */
export function readConfig(name: string): string | undefined {
  const file = configFile(name);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new UserError(
      `Cannot read ${file} (${errorCode(error)}); make it readable, or set CCBOOKS_CONFIG_DIR.`,
    );
  }
}

/**
 * @param purpose what it is written for, for the sentence: "keep the plan"
 * @throws UserError when it cannot be written.
 */
export function writeConfig(name: string, data: object, purpose: string): void {
  const file = configFile(name);
  try {
    makeFolder(configFolder());
    // Written beside and moved into place, so that a kill leaves the old file or the new one.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(data, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    throw new UserError(
      `Cannot ${purpose} in ${file} (${errorCode(error)}); make the folder writable or set CCBOOKS_CONFIG_DIR to one that is.`,
    );
  }
}
