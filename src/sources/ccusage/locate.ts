import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

import { errorCode, UserError } from "../../errors.ts";
import { expandHome } from "../../config/paths.ts";

/** A ccusage that can be started. */
export interface Program {
  /** The file to run. */
  file: string;
  /** Arguments that come before ccusage's own. */
  leading: string[];
  /** Its release, where it is known without asking it. */
  version: string | undefined;
}

/** The file the user knows it by. */
export function programPath({ file, leading }: Program): string {
  return leading[0] ?? file;
}

/**
 * The ccusage to run: the one given by `--ccusage` or `CCBOOKS_CCUSAGE`, else the one ccbooks depends on.
 * @throws UserError when there is nothing there that could be run.
 */
export function locateCcusage(flag: string | undefined): Program {
  const given = flag || process.env["CCBOOKS_CCUSAGE"];
  return given ? locateGiven(expandHome(given)) : locateOwn();
}

function locateGiven(given: string): Program {
  const path = resolve(given);
  if (!existsSync(path)) {
    // A bare name is looked for on PATH when it is started.
    if (!/[\\/]/.test(given)) return { file: given, leading: [], version: undefined };
    throw new UserError(
      `There is no ccusage program at ${path}; correct --ccusage (or CCBOOKS_CCUSAGE), or leave it out to use ccbooks' own.`,
    );
  }
  if (statSync(path).isDirectory()) {
    throw new UserError(`${path} is a folder; name the ccusage program in it with --ccusage.`);
  }
  if (/\.[cm]?js$/.test(path)) {
    return { file: process.execPath, leading: [path], version: undefined };
  }
  if (!isExecutable(path)) {
    throw new UserError(`${path} may not be run; make it executable with \`chmod +x ${path}\`.`);
  }
  return { file: path, leading: [], version: undefined };
}

/**
 * The native binary of the installed package is run directly, which saves its launcher's start-up
 * twice. The launcher stays the fallback: it makes the binary executable at its first run, and has
 * its own words for a platform without one.
 */
function locateOwn(): Program {
  const require = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = require.resolve("ccusage/package.json");
  } catch {
    throw new UserError(
      "ccusage is not installed beside ccbooks; install ccbooks again, or name another ccusage with --ccusage.",
    );
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  const native = nativeBinary(createRequire(manifest));
  if (native !== undefined) return { file: native, leading: [], version };
  return { file: process.execPath, leading: [join(dirname(manifest), "src", "cli.js")], version };
}

function nativeBinary(require: NodeJS.Require): string | undefined {
  const name = process.platform === "win32" ? "ccusage.exe" : "ccusage";
  try {
    const path = require.resolve(
      `@ccusage/ccusage-${process.platform}-${process.arch}/bin/${name}`,
    );
    return isExecutable(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (errorCode(error) === "EACCES" || errorCode(error) === "EPERM") return false;
    throw error;
  }
}
