import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { onExit } from "signal-exit";

import { errorCode, UserError } from "../errors.ts";

/** What such a folder is made for. */
type Purpose = "count" | "demo" | "picture";

/** The purpose before a host and a pid, which is unique per host only. */
const NAME = /^ccbooks-(?:count|demo|picture)-(.*)-(\d+)-[^-]+$/;

const HERE = encodeURIComponent(hostname());

/**
 * Works in a folder that the owner alone may read, and removes it afterwards: also when a signal ends
 * the program.
 * @throws UserError when it cannot be made, or the disk is full.
 */
export async function inTemporaryFolder<T>(
  work: (folder: string) => Promise<T>,
  purpose: Purpose = "count",
): Promise<T> {
  removeLeftovers();
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // From before there is a folder until there is none any more, so that no signal comes in between.
  const forget = onExit(remove);
  try {
    folder = makeFolder(purpose);
    return await work(folder);
  } catch (error) {
    throw isFull(error) ? unusable(error) : error;
  } finally {
    remove();
    forget();
  }
}

function makeFolder(purpose: Purpose): string {
  try {
    return mkdtempSync(join(tmpdir(), `ccbooks-${purpose}-${HERE}-${process.pid}-`));
  } catch (error) {
    throw unusable(error);
  }
}

/** Files are written nowhere else by what works in such a folder: SQLite has codes of its own. */
function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "");
}

function unusable(error: unknown): UserError {
  return new UserError(
    `The temporary folder ${tmpdir()} cannot be written (${errorCode(error)}); make room in it, or name another with TMPDIR.`,
    { cause: error },
  );
}

/** Removes what processes have left that were killed. What cannot be removed is another user's. */
function removeLeftovers(): void {
  try {
    for (const name of readdirSync(tmpdir())) {
      const [, host, pid] = name.match(NAME) ?? [];
      if (host === HERE && !isAlive(Number(pid))) {
        rmSync(join(tmpdir(), name), { recursive: true, force: true });
      }
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
