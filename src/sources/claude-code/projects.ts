import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { errorCode } from "../../errors.ts";
import type { Project } from "../../usage.ts";

/** How much of a transcript is looked at: the first line that names a folder is nearly always near. */
const HEAD_BYTES = 64 * 1024;

/** How many transcripts of a project are looked at. */
const MOST_TRANSCRIPTS = 5;

/**
 * Where the projects of these slugs are. Claude Code names a project's folder by its path with every
 * sign but letters and digits replaced, which cannot be undone; each line of a transcript has the path
 * that was worked in, which is the project's or, after a `cd`, one below it.
 */
export function findProjects(folders: readonly string[], slugs: readonly string[]): Project[] {
  return slugs.map((slug) => {
    const path = findPath(folders, slug);
    return { slug, path, name: path === null ? slug : basename(path) };
  });
}

function findPath(folders: readonly string[], slug: string): string | null {
  for (const folder of folders) {
    for (const file of transcriptsIn(join(folder, "projects", slug))) {
      for (const worked of pathsIn(head(file))) {
        const path = thisOrAbove(worked, slug);
        if (path !== undefined) return path;
      }
    }
  }
  return null;
}

function transcriptsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .slice(0, MOST_TRANSCRIPTS)
      .map((name) => join(folder, name));
  } catch (error) {
    // Of another machine, or swept.
    if (errorCode(error) !== undefined) return [];
    throw error;
  }
}

/** The working folders that the lines name, in order. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/"cwd":("(?:[^"\\]|\\.)*")/g)].flatMap(([, quoted = ""]) => {
    try {
      return [String(JSON.parse(quoted))];
    } catch {
      // Not what Claude Code writes.
      return [];
    }
  });
}

/** The folder that has this slug: the one worked in, or one above it. */
function thisOrAbove(worked: string, slug: string): string | undefined {
  for (let path = worked; path !== dirname(path); path = dirname(path)) {
    if (slugOf(path) === slug) return path;
  }
  return undefined;
}

function slugOf(path: string): string {
  return path.replaceAll(/[^a-zA-Z0-9]/g, "-");
}

function head(file: string): string {
  const bytes = Buffer.alloc(HEAD_BYTES);
  let fd: number | undefined;
  try {
    fd = openSync(file, "r");
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, 0));
  } catch (error) {
    // Swept while we look.
    if (errorCode(error) !== undefined) return "";
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
