import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { errorCode } from "../../errors.ts";
import type { Project } from "../../usage.ts";

/** Where Claude Code makes the worktrees it makes itself. */
const OWN_WORKTREE = /^(.+)[\\/]\.claude[\\/]worktrees[\\/]/;

/** What `.git` of a worktree says: the repository is what comes before. */
const GIT_WORKTREE = /^gitdir: (.+)[\\/]\.git[\\/]worktrees[\\/]/;

/**
 * The project that a folder of transcripts is of. Claude Code names the folder by its path with every
 * sign but letters and digits replaced, which cannot be undone; each line of a transcript has the path
 * that was worked in, which is the project's or, after a `cd`, one below it. A git worktree's sessions
 * belong to the project of its repository.
 * @param worked the folder that was worked in; null where no line says
 */
function projectOf(slug: string, worked: string | null): Project {
  const path = worked === null ? undefined : thisOrAbove(worked, slug);
  const repository = path === undefined ? undefined : repositoryOf(path);
  if (repository !== undefined) return named(slugOf(repository), repository);
  return path === undefined ? { slug, path: null, name: slug } : named(slug, path);
}

/** What finds projects, and asks the disk once about each folder: sessions are many, projects few. */
export function projectFinder(): typeof projectOf {
  const known = new Map<string, Project>();
  return (slug, worked) => {
    const key = JSON.stringify([slug, worked]);
    const project = known.get(key) ?? projectOf(slug, worked);
    known.set(key, project);
    return project;
  };
}

function named(slug: string, path: string): Project {
  return { slug, path, name: basename(path) || slug };
}

/** The folder that has this slug: the one worked in, or one above it. */
function thisOrAbove(worked: string, slug: string): string | undefined {
  for (let path = worked; path !== dirname(path); path = dirname(path)) {
    if (isSlugOf(slug, path)) return path;
  }
  return undefined;
}

/** Claude Code cuts a longer name to this many signs, and adds a hash. */
const LONGEST_SLUG = 200;

function isSlugOf(slug: string, path: string): boolean {
  const whole = slugOf(path);
  if (whole.length <= LONGEST_SLUG) return whole === slug;
  return slug.length > LONGEST_SLUG && slug.startsWith(whole.slice(0, LONGEST_SLUG));
}

function slugOf(path: string): string {
  return path.replaceAll(/[^a-zA-Z0-9]/g, "-");
}

/** The repository that a folder is a worktree of; undefined where it is none, or gone. */
function repositoryOf(path: string): string | undefined {
  const own = OWN_WORKTREE.exec(`${path}/`)?.[1];
  if (own !== undefined) return own;
  const repository = GIT_WORKTREE.exec(beginningOf(join(path, ".git")))?.[1];
  // git may write it relative to the worktree.
  return repository === undefined ? undefined : resolve(path, repository);
}

/** Longer than any path. */
const MOST_BYTES = 8192;

/** The beginning of a file; empty where there is none. What else may be in its place is not waited for. */
function beginningOf(path: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return "";
    const bytes = Buffer.alloc(MOST_BYTES);
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, MOST_BYTES, 0));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return "";
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
