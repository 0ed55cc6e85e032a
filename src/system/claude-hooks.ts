import { UserError } from "../errors.ts";
import type { SettingsChange } from "../settings-change.ts";
import { changeClaudeSetting, claudeSettingsFile } from "./claude-settings.ts";

/** Hooks in Claude Code's settings: commands that it runs when something happens. */

/** Seconds after which Claude Code goes on without a hook. */
const TIMEOUT = 10;

type Groups = Record<string, unknown[]>;

/**
 * Has Claude Code run a command whenever one of some things happens, and leaves the other hooks.
 * @param ours what the command is known by
 * @throws UserError when the hooks that are there are of no shape that is known.
 */
export function installHooks(
  events: readonly string[],
  command: string,
  ours: RegExp,
): SettingsChange {
  const own = { hooks: [{ type: "command", command, timeout: TIMEOUT }] };
  return changeClaudeSetting("hooks", (before) => {
    const others = withoutHooks(groupsIn(before), ours);
    const added = events.map((event) => [event, [...(others[event] ?? []), own]]);
    return { ...others, ...Object.fromEntries(added) };
  });
}

/** Takes our hooks out again, and no others. */
export function removeHooks(ours: RegExp): SettingsChange {
  return changeClaudeSetting("hooks", (before) => {
    if (before === undefined) return undefined;
    const groups = groupsIn(before);
    const others = withoutHooks(groups, ours);
    if (JSON.stringify(others) === JSON.stringify(groups)) return before;
    return Object.keys(others).length === 0 ? undefined : others;
  });
}

/** Whether there is such a hook. */
export function hasHook(hooks: unknown, ours: RegExp): boolean {
  if (!isRecord(hooks)) return false;
  const groups = Object.values(hooks).flat();
  return groups.some((group) => withoutOurs(group, ours)[0] !== group);
}

function withoutHooks(groups: Groups, ours: RegExp): Groups {
  const left = Object.entries(groups).flatMap(([event, all]) => {
    const others = all.flatMap((group) => withoutOurs(group, ours));
    const isEmptied = others.length === 0 && all.length > 0;
    return isEmptied ? [] : [[event, others] as const];
  });
  return Object.fromEntries(left);
}

/** A group without our hooks; nothing of one that had no others. */
function withoutOurs(group: unknown, ours: RegExp): unknown[] {
  if (!isRecord(group) || !Array.isArray(group["hooks"])) return [group];
  const hooks: unknown[] = group["hooks"];
  const others = hooks.filter((hook) => !isOurs(hook, ours));
  if (others.length === hooks.length) return [group];
  return others.length === 0 ? [] : [{ ...group, hooks: others }];
}

function isOurs(hook: unknown, ours: RegExp): boolean {
  return isRecord(hook) && typeof hook["command"] === "string" && ours.test(hook["command"]);
}

/** The hooks there are, by what they wait for. */
function groupsIn(hooks: unknown): Groups {
  if (hooks === undefined) return {};
  const entries = isRecord(hooks) ? Object.entries(hooks) : [];
  if (!isRecord(hooks) || entries.some(([, groups]) => !Array.isArray(groups))) {
    throw new UserError(
      `The hooks in ${claudeSettingsFile()} are of no shape that ccbooks knows, and were left as they are; correct "hooks" there.`,
    );
  }
  return Object.fromEntries(
    entries.flatMap(([event, groups]) => (Array.isArray(groups) ? [[event, groups]] : [])),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
