/** Something the user can put right: a sentence with the next step. Shown without a stack, exit 1. */
export class UserError extends Error {
  override name = "UserError";
}

/** The command line itself is wrong: an unknown flag or command, a bad value. Exit 2. */
export class UsageError extends UserError {
  override name = "UsageError";
}

/** The code of a Node system error ("ENOENT"), or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
