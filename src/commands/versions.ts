import { newestSchema } from "../ledger/migrate.ts";
import { locateCcusage } from "../sources/ccusage/locate.ts";
import { version } from "../version.ts";

/** The versions of the program, of the ccusage it counts with, and of the books' schema. */
export function versions(): string {
  const ccusage = locateCcusage(undefined).version ?? "of CCBOOKS_CCUSAGE";
  return `ccbooks ${version()}, ccusage ${ccusage}, schema ${newestSchema()}`;
}
