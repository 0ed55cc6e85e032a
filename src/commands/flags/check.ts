import { parseArgs } from "node:util";

import type { ArgDef, ArgsDef } from "citty";
import leven from "leven";

import { addDays, isDate } from "../../dates.ts";
import { UsageError } from "../../errors.ts";

/** citty takes any flag without a word; here a mistyped one is an error with a suggestion. */

/**
 * Checks what was typed after a command against what the command knows.
 * @throws UsageError on an unknown flag, a flag without its value, a value no flag takes, or a word
 *   that belongs to nothing.
 */
export function checkFlags(typed: string[], known: ArgsDef, command: string): void {
  const names = Object.keys(known).filter((name) => known[name]?.type !== "positional");
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      { type: known[name]?.type === "boolean" ? "boolean" : "string" } as const,
    ]),
  );
  const handsOn = Object.values(known).some(isHandedOn);
  const end = typed.indexOf("--");
  const { tokens } = parseArgs({
    args: handsOn && end !== -1 ? typed.slice(0, end) : typed,
    options,
    allowPositionals: true,
    allowNegative: true,
    strict: false,
    tokens: true,
  });
  const places = Object.keys(known).filter(
    (name) => known[name]?.type === "positional" && !isHandedOn(known[name]),
  );
  const takesMany = places.some((name) => isVariadic(known[name]));
  let words = 0;
  for (const token of tokens) {
    if (token.kind === "positional") {
      words += 1;
      if (words > places.length && !takesMany) {
        throw new UsageError(`Unexpected argument "${token.value}". ${seeHelp(command)}`);
      }
    } else if (token.kind === "option") {
      checkOption(token, options, command);
    }
  }
  const missing = places.find((name, index) => index >= words && known[name]?.required !== false);
  if (missing !== undefined) {
    throw new UsageError(`Missing argument: ${missing}. ${seeHelp(command)}`);
  }
}

/** An argument that is to be given once or more says so: `variadic: true`. citty leaves all in `_`. */
function isVariadic(argument: (ArgDef & { variadic?: boolean }) | undefined): boolean {
  return argument?.variadic === true;
}

/** What stands behind `--` is for another program: `handedOn: true`. */
function isHandedOn(argument: (ArgDef & { handedOn?: boolean }) | undefined): boolean {
  return argument?.handedOn === true;
}

function checkOption(
  token: {
    name: string;
    rawName: string;
    value?: string | undefined;
    inlineValue?: boolean | undefined;
  },
  options: Record<string, { type: "boolean" | "string" }>,
  command: string,
): void {
  const option = options[token.name];
  if (option === undefined || !token.rawName.startsWith("--")) {
    const hint = closest(token.name, Object.keys(options));
    throw new UsageError(
      `\`ccbooks ${command}\` has no flag ${token.rawName}; ${hint ? `did you mean --${hint}?` : seeHelp(command)}`,
    );
  }
  if (option.type === "boolean" && token.value !== undefined) {
    throw new UsageError(`--${token.name} takes no value; leave out "${token.value}".`);
  }
  // -3 is a number, and Claude Code's names of project folders begin with a dash: -home-dev-app.
  const likeFlag = token.name === "project" ? /^--/ : /^-\D/;
  const isAnotherFlag = token.inlineValue === false && likeFlag.test(token.value ?? "");
  if (option.type === "string" && (!token.value || isAnotherFlag)) {
    throw new UsageError(`--${token.name} needs a value. ${seeHelp(command)}`);
  }
}

/** What to say of a command that does not exist. */
export function unknownCommand(name: string, known: string[]): UsageError {
  if (name.startsWith("-")) {
    const flag = closest(name, ["--version", "--help"]);
    return new UsageError(
      `ccbooks has no flag ${name}; ${flag ? `did you mean ${flag}?` : "`ccbooks --help` shows what it takes."}`,
    );
  }
  const hint = closest(name, known);
  return new UsageError(
    `There is no command "${name}"; ${hint ? `did you mean \`ccbooks ${hint}\`?` : "`ccbooks --help` lists them."}`,
  );
}

/**
 * A flag's whole number.
 * @throws UsageError when it is none, or less than `least`.
 */
export function wholeNumber(text: string, flag: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`--${flag} takes a whole number of at least ${least}, not "${text}".`);
}

/** The longest that Node's timers wait. */
const MOST_SECONDS = 2_147_483;

/**
 * A flag's seconds.
 * @throws UsageError when it is no whole number of them, none at all, or more than 24 days.
 */
export function secondsFlag(text: string, flag: string): number {
  const seconds = wholeNumber(text, flag, 1);
  if (seconds <= MOST_SECONDS) return seconds;
  throw new UsageError(`--${flag} takes at most ${MOST_SECONDS} seconds, not ${text}.`);
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A span of time as people write it, in seconds: 30s, 15m, 2h, 1d, or a number of seconds.
 * @param what is named where it is none, such as "--every"
 * @throws UsageError when it is none, or more than 24 days.
 */
export function spanOf(text: string, what: string): number {
  const [, digits, unit = "s"] = /^(\d{1,7})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNITS[unit || "s"] ?? 1);
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds;
  throw new UsageError(`${what} takes a time such as 30s, 15m or 2h, up to 24d, not "${text}".`);
}

/** A day as people write it: 2026-11-20 or 20261120, today, yesterday. @returns YYYY-MM-DD */
export function dayIn(text: string, today: string): string | undefined {
  if (text === "today") return today;
  if (text === "yesterday") return addDays(today, -1);
  const date = text.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  return isDate(date) ? date : undefined;
}

/**
 * A flag's date: a day, or 7d for the first of the last 7 days.
 * @param today the local date
 * @throws UsageError when it is none.
 */
export function dateFlag(text: string, flag: string, today: string): string {
  const days = Number(/^(\d{1,5})d$/i.exec(text)?.[1] ?? 0);
  const date = days > 0 ? addDays(today, 1 - days) : dayIn(text, today);
  if (date !== undefined) return date;
  throw new UsageError(`--${flag} takes a day such as 2026-11-20, yesterday or 7d, not "${text}".`);
}

/** The name that was probably meant, if any is near. */
export function closest(typed: string, known: string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: leven(typed, name) }))
    .toSorted((a, b) => a.distance - b.distance);
  const isNear = best !== undefined && best.distance <= Math.max(1, typed.length / 2);
  return isNear ? best.name : undefined;
}

/** What to say of a name that is none of those there are: the nearest, or all of them. */
export function insteadOf(typed: string, known: string[]): string {
  const near = closest(typed, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return known.length === 0 ? "there are none." : `there are ${known.join(", ")}.`;
}

/** What to say of a word behind a command that is none of what it does. */
export function unknownAction(command: string, typed: string, known: string[]): UsageError {
  const near = closest(typed, known);
  return new UsageError(
    `\`ccbooks ${command}\` cannot "${typed}"; ${near ? `did you mean \`ccbooks ${command} ${near}\`?` : `it takes ${known.join(", ")}.`}`,
  );
}

function seeHelp(command: string): string {
  return `\`ccbooks ${command} --help\` shows what it takes.`;
}
