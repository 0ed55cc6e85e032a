import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { execa } from "execa";

/** How long an opener may take to say that there is nothing it can open with, in milliseconds. */
const PATIENCE = 3000;

/** Opens a file in the default browser. False when the system has no way to. */
export async function openInBrowser(path: string): Promise<boolean> {
  const [program, ...args] = openers[process.platform] ?? ["xdg-open"];
  const opener = execa(program ?? "", [...args, pathToFileURL(path).href], {
    // A browser that was not running stays the opener's child for as long as it runs.
    detached: true,
    cleanup: false,
    stdio: "ignore",
    reject: false,
  });
  const result = await Promise.race([opener, setTimeout(PATIENCE, undefined, { ref: false })]);
  opener.nodeChildProcess.unref();
  return result === undefined || !result.failed;
}

const openers: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ["open"],
  // `start` would be the shell's, which reads `&` and `%` in a path as its own.
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};
