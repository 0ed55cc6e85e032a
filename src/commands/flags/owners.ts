import { UserError } from "../../errors.ts";
import type { Owner } from "../../readers/owners.ts";

/**
 * Checks the name of a machine or agent that was asked for; null asks for all.
 * @throws UserError when none of the owners has it.
 */
export function checkOwner(owners: readonly Owner[], kind: keyof Owner, name: string | null): void {
  const known = [...new Set(owners.map((owner) => owner[kind]))];
  if (name === null || known.includes(name)) return;
  const instead =
    known.length === 1 ? `there is only ${known[0]}` : `give one of ${known.join(", ")}`;
  const article = kind === "agent" ? "an" : "a";
  throw new UserError(`The books hold no usage of ${article} ${kind} "${name}"; ${instead}.`);
}
