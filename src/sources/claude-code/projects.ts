import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

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
export function projectOf(slug: string, worked: string | null): Project {
  const path = worked === null ? undefined : thisOrAbove(worked, slug);
  const repository = path === undefined ? undefined : repositoryOf(path);
  if (repository !== undefined) return named(slugOf(repository), repository);
  return path === undefined ? { slug, path: null, name: slug } : named(slug, path);
}

function named(slug: string, path: string): Project {
  return { slug, path, name: basename(path) || slug };
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

/** The repository that a folder is a worktree of; undefined where it is none, or gone. */
function repositoryOf(path: string): string | undefined {
  const own = OWN_WORKTREE.exec(`${path}/`)?.[1];
  if (own !== undefined) return own;
  try {
    return GIT_WORKTREE.exec(readFileSync(join(path, ".git"), "utf8"))?.[1];
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
