import type { Audited } from "../fetch/audit.ts";
import { count, counted } from "../format/figures.ts";
import type { Audit } from "../ledger/audits.ts";

/** What an audit found, with the next step. */
export function auditSentence(audited: Audited): string {
  const { days, differences, ccusageVersion, notFetched } = audited;
  const found =
    differences.length > 0
      ? differenceSentence(audited)
      : `ccusage ${ccusageVersion} counts the transcripts of ${counted(days, "day")} as ccbooks does, to the token.`;
  if (notFetched === 0) return found;
  return `${found} ${counted(notFetched, "call")} not in the books yet; run \`ccbooks fetch\`.`;
}

/** What differs, with the next step. */
export function differenceSentence({ differences, ccusageVersion }: Audit): string {
  const days = new Set(differences.map(({ date }) => date)).size;
  const tokens = differences.reduce(
    (sum, { callTokens, ccusageTokens }) => sum + Math.abs(callTokens - ccusageTokens),
    0,
  );
  return `ccusage ${ccusageVersion} counts the transcripts of ${counted(days, "day")} otherwise than ccbooks does, by ${count(tokens)} tokens; \`ccbooks audit\` lists them, and \`ccbooks doctor\` names lines that were set aside.`;
}
