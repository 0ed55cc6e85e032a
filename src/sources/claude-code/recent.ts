import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join, relative } from "node:path";

import { errorCode } from "../../errors.ts";
import type { Transcript } from "../../usage.ts";

/** Folders that stand in for Claude Code's own and hold only some of the transcripts. */
export interface RecentFolders {
  folders: string[];
  remove(): void;
}

/** Behind it come the host, on each of which a number means another process, that number, and six signs. */
const PREFIX = ".ccbooks-recent-";

const HERE = encodeURIComponent(hostname());

/** What another host has not removed by then, in milliseconds, it never will. */
const FORGOTTEN = 86_400_000;

/**
 * Puts some transcripts into folders of their own, where they are under the same names: hard links, as
 * ccusage follows no symbolic ones; copies where the disk is another. The transcripts themselves are
 * never written.
 * @param beside where the folders are made; readable by their owner alone
 * @returns undefined where they cannot be made, or not be named to ccusage, which parts names at commas
 */
export function gatherRecent(
  beside: string,
  folders: readonly string[],
  transcripts: readonly Transcript[],
): RecentFolders | undefined {
  if (beside.includes(",")) return undefined;
  // ccusage credits a message that is in several files to the one that sorts first.
  const inOrder = folders.toSorted();
  const root = newFolder(beside);
  if (root === undefined) return undefined;
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  const standIns = new Map(
    inOrder.map((folder, index) => [folder, join(root, `${index}`.padStart(4, "0"))]),
  );
  try {
    for (const standIn of standIns.values()) {
      mkdirSync(join(standIn, "projects"), { recursive: true });
    }
    const made = new Set<string>();
    for (const { path } of transcripts) {
      const folder = folders.find((one) => path.startsWith(`${join(one, "projects")}/`));
      if (folder === undefined) throw new Error(`${path} is in none of ${folders.join(", ")}`);
      const target = join(standIns.get(folder) ?? "", relative(folder, path));
      if (!made.has(dirname(target))) mkdirSync(dirname(target), { recursive: true });
      made.add(dirname(target));
      linkOrCopy(path, target);
    }
    return { folders: folders.map((folder) => standIns.get(folder) ?? ""), remove };
  } catch (error) {
    remove();
    // A full disk, or none that takes new folders: everything can still be read where it is.
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** One of this process's own; undefined where none can be made. */
function newFolder(beside: string): string | undefined {
  try {
    return mkdtempSync(join(beside, `${PREFIX}${HERE}-${process.pid}-`));
  } catch {
    return undefined;
  }
}

/** Removes what a killed run has left. */
export function removeLeftovers(beside: string): void {
  for (const name of namesIn(beside)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(beside, name);
    const [, host, pid] = name.slice(PREFIX.length).match(/^(.*)-(\d+)-[^-]+$/) ?? [];
    const isLeft = host === HERE ? !isAlive(Number(pid)) : ageOf(path) > FORGOTTEN;
    if (isLeft) rmSync(path, { recursive: true, force: true });
  }
}

function linkOrCopy(path: string, target: string): void {
  try {
    linkSync(path, target);
  } catch (error) {
    // Swept while we look: the next fetch finds it gone.
    if (errorCode(error) === "ENOENT") return;
    copyFileSync(path, target);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) !== undefined) return [];
    throw error;
  }
}

/** In milliseconds; of what is gone meanwhile, none. */
function ageOf(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
