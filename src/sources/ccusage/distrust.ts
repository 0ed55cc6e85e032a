import { UserError } from "../../errors.ts";

/** Refuses a report: what it is, and what is wrong with it. */
export function distrust(subject: string, what: string): never {
  const sentence = `${subject.charAt(0).toUpperCase()}${subject.slice(1)} ${what}`;
  throw new UserError(
    `${sentence}, so nothing of it was written; run the fetch again, or try another release with --ccusage.`,
  );
}

/** A value as it stood in the report, short enough for a sentence. */
export function quote(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
