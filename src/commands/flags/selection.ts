import { UsageError } from "../../errors.ts";
import type { Books } from "../../ledger/open.ts";
import { readNames } from "../../readers/names.ts";
import { readOwners } from "../../readers/owners.ts";
import { ALL, type Selection } from "../../readers/selection.ts";
import type { Range } from "../../readers/summary.ts";
import { SOURCES, type Source } from "../../usage.ts";
import { closest } from "./check.ts";
import { checkOwner } from "./owners.ts";
import { SHORTEST_PREFIX } from "./session.ts";

/** The flags that say what part of the usage a command is about. */
export const selectionFlags = {
  source: {
    type: "string",
    valueHint: "NAME",
    description: "claude-code (default), apps or anthropic",
  },
  machine: { type: "string", valueHint: "NAME", description: "Only this machine" },
  agent: { type: "string", valueHint: "NAME", description: "Only this agent" },
  project: {
    type: "string",
    valueHint: "NAME",
    description: "Only this project: name, path or slug",
  },
  model: { type: "string", valueHint: "NAME", description: "Only models with this in their name" },
  branch: { type: "string", valueHint: "NAME", description: "Only this git branch" },
  session: { type: "string", valueHint: "ID", description: "Only this session; 8 characters do" },
} as const;

/** What was given of them. */
export type SelectionFlags = { [flag in keyof typeof selectionFlags]?: string | undefined };

/**
 * The selection that flags and a range of days make.
 * @throws UsageError when a session's id is too short to mean one.
 */
export function selectionOf(flags: SelectionFlags, range: Range): Selection {
  const { machine = null, agent = null, project = null, model = null } = flags;
  const { session = null, branch = null } = flags;
  const source = sourceNamed(flags.source);
  checkSourceTells({ source, branch, machine, agent, session });
  if (session !== null && session.length < SHORTEST_PREFIX) {
    throw new UsageError(
      `--session takes at least ${SHORTEST_PREFIX} characters of a session's id, not "${session}".`,
    );
  }
  return { source, ...range, machine, agent, project, model, session, branch };
}

/** @throws UsageError when there is no such source. */
export function sourceNamed(text: string | undefined): Source {
  const source = SOURCES.find((one) => one === (text ?? ALL.source));
  if (source !== undefined) return source;
  throw new UsageError(`--source takes ${SOURCES.join(", ")}, not "${text}".`);
}

const UNTOLD = ["agent", "session", "branch"] as const;

/** What the sources besides the transcripts tell of. */
const TOLD = {
  apps: "What apps record tells of projects, models and machines",
  anthropic: "Anthropic's reports tell of workspaces (--project) and models",
};

/** @throws UsageError when a selection is limited to something that its source does not tell. */
export function checkSourceTells(
  selection: Pick<Selection, "source" | "machine" | "agent" | "session" | "branch">,
): void {
  const { source } = selection;
  if (source === "claude-code") return;
  const untold = source === "apps" ? UNTOLD : (["machine", ...UNTOLD] as const);
  const wrong = untold.find((flag) => selection[flag] !== null);
  if (wrong === undefined) return;
  throw new UsageError(`${TOLD[source]}, not of a ${wrong}; leave --${wrong} out.`);
}

/** @throws UserError when a selection is of a machine or agent that the books do not know. */
export function checkOwners(books: Books, { machine, agent }: Selection): void {
  const owners = readOwners(books);
  // Empty books know nobody whose name could be wrong.
  if (owners.length === 0) return;
  checkOwner(owners, "machine", machine);
  checkOwner(owners, "agent", agent);
}

/** The names that were probably meant, as flags, where nothing has those that were given. */
export function meantNames(books: Books, selection: Selection): string[] {
  if (selection.source !== ALL.source) return [];
  return (["project", "model", "branch"] as const).flatMap((by) => {
    const typed = selection[by];
    if (typed === null) return [];
    const names = readNames(books, by);
    // A part of a model's name is enough.
    const parts = by === "model" ? names.flatMap((name) => name.split("-")) : [];
    const known = [...names, ...new Set(parts)];
    // Git tells branches apart by case.
    const isSame = (name: string): boolean =>
      by === "branch" ? name === typed : name.toLowerCase() === typed.toLowerCase();
    const inOtherCase = known.find((name) => name.toLowerCase() === typed.toLowerCase());
    const near = known.some(isSame) ? undefined : (inOtherCase ?? closest(typed, known));
    return near === undefined ? [] : `--${by} ${near}`;
  });
}
