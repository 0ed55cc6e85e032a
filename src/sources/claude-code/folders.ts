import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";

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
          .map((entry) => resolve(expandHome(entry)))
          .map((entry) => (basename(entry) === "projects" ? resolve(entry, "..") : entry));
  return [...new Set(candidates)].filter((folder) => isFolder(join(folder, "projects")));
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
