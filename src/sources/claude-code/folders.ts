import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import { expandHome } from "../../config/paths.ts";

/**
 * Claude Code's folders as ccusage finds them: `CLAUDE_CONFIG_DIR` (a comma list; an entry may be the
 * folder or its `projects/`), else both `$XDG_CONFIG_HOME/claude` and `~/.claude`. Missing ones are
 * left out.
 */
export function claudeFolders(): string[] {
  const given = process.env["CLAUDE_CONFIG_DIR"];
  const candidates =
    given === undefined
      ? [
          join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "claude"),
          join(homedir(), ".claude"),
        ]
      : given
          .split(",")
          .map((entry) => entry.trim())
          .filter((entry) => entry !== "")
          .map(configFolderAt);
  return [...new Set(candidates)].filter(hasProjects);
}

/** Claude Code's folder, by its own path or that of its `projects/`. */
export function configFolderAt(path: string): string {
  const folder = resolve(expandHome(path));
  return basename(folder) === "projects" ? dirname(folder) : folder;
}

/** Whether Claude Code has left transcripts there. */
export function hasProjects(folder: string): boolean {
  const projects = join(folder, "projects");
  return existsSync(projects) && statSync(projects).isDirectory();
}
