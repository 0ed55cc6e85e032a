import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where every program that the tests start keeps what Node has compiled of it. */
export const COMPILED = "compiled";

/** What may be left in the temporary folder of a run: Node's own, of programs that ask for no other place. */
const NOT_OURS = new Set([COMPILED, "node-compile-cache"]);

/**
 * Gives all tests, and what they start, one temporary folder, which goes with them. Whatever they leave
 * in it is a mistake of theirs or of the program's: each is to remove its own.
 */
export default function temporaryFolder(): () => void {
  const before = process.env["TMPDIR"];
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-tests-"));
  process.env["TMPDIR"] = folder;
  return () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    const left = readdirSync(folder).filter((name) => !NOT_OURS.has(name));
    rmSync(folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left in the temporary folder: ${left.join(", ")}`);
  };
}
