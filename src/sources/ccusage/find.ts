import { locateCcusage, type Program } from "./locate.ts";
import { checkRelease } from "./releases.ts";

/** A ccusage that can be asked. */
export interface Ccusage {
  program: Program;
  version: string;
}

/**
 * The ccusage that a fetch would use: `--ccusage`, `CCBOOKS_CCUSAGE`, else ccbooks' own, which needs not be
 * run to know its version.
 * @throws UserError when there is none, it does not start, or it is none that ccbooks knows.
 */
export async function findCcusage(flag: string | undefined): Promise<Ccusage> {
  const program = locateCcusage(flag);
  const version = program.version ?? (await (await import("./run.ts")).askVersion(program));
  checkRelease(version);
  return { program, version };
}
