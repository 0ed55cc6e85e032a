import { UserError } from "../../errors.ts";

/** A report that is yet to be believed. */
export interface Suspect {
  /** How to call it in a sentence. */
  name: string;
  /** What to do if it cannot be. */
  nextStep: string;
}

/** Refuses a report, for what is wrong with it. */
export function distrust({ name, nextStep }: Suspect, what: string): never {
  const sentence = `${name.charAt(0).toUpperCase()}${name.slice(1)} ${what}`;
  throw new UserError(`${sentence}, so nothing of it was written; ${nextStep}`);
}

/** A value as it stood in the report, short enough for a sentence. */
export function quote(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
