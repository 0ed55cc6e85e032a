import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { AccessToken } from "../ledger/access-tokens.ts";
import { table } from "./table.ts";

/** Who may send and read. */
export function tokenWords(tokens: readonly AccessToken[]): string {
  if (tokens.length === 0) {
    return "There is no token so far; `ccbooks token create NAME` makes one.";
  }
  return table(
    ["Name", "Role", "Project", "Made", "Revoked"].map((title) => ({ title, align: "left" })),
    tokens.map(({ name, role, project, createdAt, revokedAt }) => [
      endOf(printable(name), 28),
      role,
      endOf(printable(project ?? "any"), 16),
      createdAt.slice(0, 10),
      revokedAt?.slice(0, 10) ?? "–",
    ]),
  );
}
