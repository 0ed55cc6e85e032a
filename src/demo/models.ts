import type { Dice } from "./dice.ts";

/** A model as transcripts name it, and what Claude Code reckons with: USD per million tokens. */
export interface Model {
  name: string;
  /** YYYY-MM-DD: from when on these stories ask it. */
  since: string;
  input: number;
  output: number;
  cacheRead: number;
}

/** From the oldest on; a history of earlier years asks the first. */
const OPUS = [
  model("claude-opus-4-5-20251101", "2025-11-24", 5, 25, 0.5),
  model("claude-opus-4-8", "2026-05-28", 5, 25, 0.5),
  model("claude-opus-5", "2026-07-24", 5, 25, 0.5),
  model("claude-opus-5-5", "2026-09-23", 4, 20, 0.2),
] as const;

const SONNET = [
  model("claude-sonnet-4-5-20250929", "2025-09-29", 3, 15, 0.3),
  model("claude-sonnet-4-6", "2026-02-17", 3, 15, 0.3),
  model("claude-sonnet-5", "2026-06-30", 2, 10, 0.2),
  model("claude-sonnet-5-5", "2026-09-28", 2, 10, 0.1),
] as const;

const HAIKU = [
  model("claude-haiku-4-5-20251001", "2025-10-15", 1, 5, 0.1),
  model("claude-haiku-5-5", "2026-10-07", 0.1, 0.5, 0.01),
] as const;

const FABLE = [
  model("claude-fable-5", "2026-06-09", 10, 50, 1),
  model("claude-fable-5-1", "2026-09-01", 10, 50, 0.25),
  model("claude-fable-5-2", "2026-11-09", 8, 40, 0.2),
] as const;

/** For so many days some sessions still ask the model before. */
const DAYS_TO_CHANGE = 60;

const DAY = 86_400_000;

/** The model of a session: mostly an Opus, often a Sonnet, now and then the largest there is. */
export function sessionModel(dice: Dice, at: number): Model {
  const line = dice.fraction();
  const isOut = at >= Date.parse(FABLE[0].since);
  if (isOut && line < 0.06) return newest(dice, FABLE, at);
  return newest(dice, line < 0.7 ? OPUS : SONNET, at);
}

/** What subagents run on. */
export function subagentModel(at: number): Model {
  return HAIKU.findLast(({ since }) => at >= Date.parse(since)) ?? HAIKU[0];
}

/** The newest that is out, or for a while still the one before. */
function newest(dice: Dice, line: readonly [Model, ...Model[]], at: number): Model {
  const days = line.map(({ since }) => (at - Date.parse(since)) / DAY);
  const index = Math.max(
    0,
    days.findLastIndex((age) => age >= 0),
  );
  const hesitates = dice.chance(0.6 * (1 - (days[index] ?? 0) / DAYS_TO_CHANGE));
  return line[hesitates ? Math.max(0, index - 1) : index] ?? line[0];
}

function model(
  name: string,
  since: string,
  input: number,
  output: number,
  cacheRead: number,
): Model {
  return { name, since, input, output, cacheRead };
}
