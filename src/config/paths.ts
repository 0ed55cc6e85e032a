import { accessSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import envPaths from "env-paths";

import { errorCode, UserError } from "../errors.ts";

const home = envPaths("ccbooks", { suffix: "" });

/** Where `package.json` and `sql/` are, for the source tree and the bundle alike. */
export const packageRoot = dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname);

export const sqlFolder = join(packageRoot, "sql");

/** The books: `--db`, else `CCBOOKS_DB`, else `usage.db` in the user's data folder. */
export function databasePath(flag: string | undefined): string {
  return resolve(expandHome(flag || process.env["CCBOOKS_DB"] || join(home.data, "usage.db")));
}

/**
 * The books, for a command that needs some.
 * @throws UserError when there are none.
 */
export function existingDatabase(flag: string | undefined): string {
  const path = databasePath(flag);
  if (mayExist(path)) return path;
  throw new UserError(`There are no books at ${path} yet; run \`ccbooks fetch\` first.`);
}

/** Whether there is such a file, or a folder that does not let us see. */
function mayExist(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch (error) {
    return !["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
  }
}

/** What ccbooks remembers outside the books: `CCBOOKS_CONFIG_DIR`, else the platform's folder. */
export function configFolder(): string {
  return resolve(expandHome(process.env["CCBOOKS_CONFIG_DIR"] || home.config));
}

/** `~` and `~/…` as a shell would read them: timers and .env files do not go through one. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
