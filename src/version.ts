import { readFileSync } from "node:fs";
import { join } from "node:path";

import { packageRoot } from "./config/paths.ts";

/** The version of this ccbooks, as its package says. */
export function version(): string {
  return JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;
}
