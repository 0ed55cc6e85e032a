import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { UserError } from "../errors.ts";
import { isSameFile, look, writeProblem } from "../system/output-file.ts";
import { isCurrent } from "./migrate.ts";
import { withBooksAsTheyAre } from "./open.ts";

/**
 * Writes the books into a single new file, as one moment shows them, while others go on writing.
 * Its name is only taken once it is whole: a kill leaves no backup rather than half of one.
 * @returns its size in bytes.
 * @throws UserError when the books cannot be read, or the file is there already or cannot be written.
 */
export async function backUp(path: string, target: string): Promise<number> {
  return withBooksAsTheyAre(path, (books) => {
    refuse(path, target);
    // Only for what it throws: a file of another program or of a newer ccbooks is not ours to vouch for.
    isCurrent(books, path);
    const draft = draftOf(target);
    try {
      books.prepare<[string]>("VACUUM INTO ?").run(draft);
      flush(draft);
      // Somebody may have made it meanwhile, and renaming would replace it.
      refuse(path, target);
      renameSync(draft, target);
    } catch (error) {
      rmSync(draft, { force: true });
      throw writeProblem(error, target, "backup");
    }
    return statSync(target).size;
  });
}

/** SQLite would make the file as the umask says; one that is there and empty keeps its mode. */
function draftOf(target: string): string {
  const draft = `${target}.${process.pid}`;
  try {
    closeSync(openSync(draft, "wx", 0o600));
    return draft;
  } catch (error) {
    throw writeProblem(error, target, "backup");
  }
}

/** @throws UserError when nothing may be written at `target`. */
function refuse(path: string, target: string): void {
  if (isSameFile(statSync(path), look(target, statSync, "backup"))) {
    throw new UserError(`${target} is the books themselves; name another file for the backup.`);
  }
  const there = look(target, lstatSync, "backup");
  if (there?.isDirectory()) {
    throw new UserError(`${target} is a folder; name a file in it for the backup.`);
  }
  if (there !== undefined) {
    throw new UserError(
      `${target} exists, and a backup replaces nothing; name another file, or move that one away.`,
    );
  }
  const folder = dirname(target);
  if (look(folder, statSync, "backup")?.isDirectory() !== true) {
    throw new UserError(`There is no folder ${folder}; make it, or name a file elsewhere.`);
  }
}

/** Has the disk hold what SQLite left to the system: a backup is for the day the power fails. */
function flush(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
