import { configFolder, databasePath } from "../config/paths.ts";
import { printable } from "../format/printable.ts";

/** What the help of the whole program ends with: a title and lines each. */
export function mainHelp(): [title: string, lines: string[]][] {
  return [
    [
      "FILES",
      [`books     ${printable(databasePath(undefined))}`, `settings  ${printable(configFolder())}`],
    ],
    [
      "ENVIRONMENT",
      [
        "CCBOOKS_DB          the books",
        "CCBOOKS_CONFIG_DIR  the folder of settings and of this machine's name",
        "CCBOOKS_MACHINE     this machine's name",
        "CCBOOKS_CCUSAGE     another ccusage 20.x",
        "CLAUDE_CONFIG_DIR   where Claude Code keeps its transcripts",
        "NO_COLOR, DEBUG     no colour; the stack of an unexpected error",
      ],
    ],
    [
      "EXIT CODES",
      [
        "0 done   1 could not be done   2 wrong usage",
        "of `ccbooks budget check`: 3 near a limit   4 over one",
      ],
    ],
  ];
}
