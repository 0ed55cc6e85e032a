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
 * @param timeout how long it may take to say its version, in seconds
 * @throws UserError when there is none, it does not start, or it is none that ccbooks knows.
 */
export async function findCcusage(flag: string | undefined, timeout?: number): Promise<Ccusage> {
  const program = locateCcusage(flag);
  const version =
    program.version ?? (await (await import("./run.ts")).askVersion(program, timeout));
  checkRelease(version);
  return { program, version };
}
