import { counted, percent } from "../format/figures.ts";
import { toldShare, type Coverage } from "../readers/coverage.ts";
import type { Check } from "./check.ts";

/** Whether telemetry tells of all that transcripts hold; no check where nothing has ever come. */
export function checkTelemetry({ lines, events }: Coverage): Check[] {
  if (events.length === 0) return [];
  const name = "telemetry";
  const sessions = new Set(lines.map(({ sessionId }) => sessionId)).size;
  const share = toldShare(lines);
  if (share === null) {
    return [
      { name, status: "ok", message: "Nothing that transcripts hold was told of in 7 days." },
    ];
  }
  const of = `of the tokens of ${counted(sessions, "session")} in 7 days`;
  return [
    share === 1
      ? { name, status: "ok", message: `Telemetry told of all ${of}.` }
      : {
          name,
          status: "warn",
          message: `Telemetry told of ${percent(share)} ${of}; transcripts count the rest, and \`ccbooks telemetry\` lists them.`,
        },
  ];
}
