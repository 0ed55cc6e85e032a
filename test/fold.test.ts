import { expect, test } from "vitest";

import { foldDay, foldSession, type DayRule, type Meter } from "../src/ledger/fold.ts";
import type { Cell } from "../src/usage.ts";
import { cell } from "./support/cells.ts";

const input = (inputTokens: number, more: Partial<Cell> = {}): Cell[] =>
  inputTokens === 0 ? [] : [cell({ inputTokens, ...more })];

const meter = (reported: number, carried = 0): Meter => ({
  reported: input(reported),
  carried: input(carried),
});

const days: {
  says: string;
  before: Meter;
  report: number;
  rule: DayRule;
  sameMethod?: boolean;
  after: Meter;
}[] = [
  {
    says: "a running day grows",
    before: meter(5),
    report: 9,
    rule: "running",
    after: meter(9),
  },
  {
    says: "a running day that shrinks carries what it lost",
    before: meter(9),
    report: 5,
    rule: "running",
    after: meter(5, 4),
  },
  {
    says: "a running day that lost logs grows on top of what is carried",
    before: meter(5, 4),
    report: 8,
    rule: "running",
    after: meter(8, 4),
  },
  {
    says: "a day missing from the report carries all of it",
    before: meter(9),
    report: 0,
    rule: "running",
    after: meter(0, 9),
  },
  {
    says: "a finished day that shrinks keeps what was shown",
    before: meter(9),
    report: 5,
    rule: "over",
    after: meter(5, 4),
  },
  {
    says: "what comes back to a finished day was there before",
    before: meter(5, 4),
    report: 9,
    rule: "over",
    after: meter(9),
  },
  {
    says: "a part that comes back is not counted twice",
    before: meter(5, 4),
    report: 7,
    rule: "over",
    after: meter(7, 2),
  },
  {
    says: "a finished day that turns out fuller shows the larger",
    before: meter(5, 4),
    report: 12,
    rule: "over",
    after: meter(12),
  },
  {
    says: "a recount replaces what was reported and keeps what was carried",
    before: meter(20, 4),
    report: 10,
    rule: "recount",
    sameMethod: false,
    after: meter(10, 4),
  },
  {
    says: "a new method that finds less because logs were lost carries the loss",
    before: meter(20, 4),
    report: 15,
    rule: "running",
    sameMethod: false,
    after: meter(15, 9),
  },
];

for (const { says, before, report, rule, sameMethod = true, after } of days) {
  test(says, () => {
    expect(foldDay(before, input(report), rule, sameMethod)).toEqual(after);
  });
}

const prices: {
  says: string;
  known: Cell[];
  report: Cell[];
  sameMethod?: boolean;
  kept: Cell[];
}[] = [
  {
    says: "a known cost of the same tokens does not move",
    known: input(5, { cost: 5 }),
    report: input(5, { cost: 4 }),
    kept: input(5, { cost: 5 }),
  },
  {
    says: "a part of known tokens never costs more than the whole did",
    known: input(10, { cost: 5 }),
    report: input(6, { cost: 60 }),
    kept: input(6, { cost: 5 }),
  },
  {
    says: "another method may price the same tokens otherwise",
    known: input(5, { cost: 5 }),
    report: input(5, { cost: 4 }),
    sameMethod: false,
    kept: input(5, { cost: 4 }),
  },
  {
    says: "an unknown price is filled by a report that knows",
    known: input(5, { cost: null }),
    report: input(5, { cost: 4 }),
    kept: input(5, { cost: 4 }),
  },
  {
    says: "a known cost is never replaced by an unknown one",
    known: input(5, { cost: 5 }),
    report: input(5, { cost: null }),
    kept: input(5, { cost: 5 }),
  },
  {
    says: "tokens that come without a price are counted as unpriced beside the priced ones",
    known: input(5, { cost: 5 }),
    report: input(8, { cost: null }),
    kept: input(8, { cost: 5, unpricedTokens: 3 }),
  },
  {
    says: "a cell that shrank without a price keeps the price of what is left",
    known: input(10, { cost: 5 }),
    report: input(4, { cost: null }),
    kept: input(4, { cost: 2 }),
  },
];

for (const { says, known, report, sameMethod = true, kept } of prices) {
  test(says, () => {
    const { reported } = foldDay({ reported: known, carried: [] }, report, "running", sameMethod);
    expect(reported).toEqual(kept);
  });
}

const morning = "2026-11-02T08:00:00Z";
const noon = "2026-11-02T12:00:00Z";

const sessions: {
  says: string;
  before: Meter;
  report: { tokens: number; at: string } | undefined;
  sameMethod?: boolean;
  after: Meter | undefined;
}[] = [
  {
    says: "a session that went on takes the newest report",
    before: meter(5),
    report: { tokens: 9, at: noon },
    after: meter(9),
  },
  {
    says: "a vanished session stays as last seen",
    before: meter(5),
    report: undefined,
    after: meter(0, 5),
  },
  {
    says: "a vanished session that comes back is itself again",
    before: meter(0, 5),
    report: { tokens: 5, at: morning },
    after: meter(5),
  },
  {
    says: "without new activity a session may fall: a fork took its credit",
    before: meter(9),
    report: { tokens: 5, at: morning },
    after: meter(5),
  },
  {
    says: "without new activity a session does not grow: another's credit moved in",
    before: meter(5),
    report: { tokens: 9, at: morning },
    after: undefined,
  },
  {
    says: "another method may count the same session higher",
    before: meter(5),
    report: { tokens: 9, at: morning },
    sameMethod: false,
    after: meter(9),
  },
];

for (const { says, before, report, sameMethod = true, after } of sessions) {
  test(says, () => {
    const session = report && {
      sessionId: "one",
      projectPath: "app",
      firstActivity: null,
      lastActivity: report.at.slice(0, 10),
      lastActivityAt: report.at,
      cells: input(report.tokens),
    };
    expect(foldSession({ ...before, activity: morning }, session, sameMethod)).toEqual(after);
  });
}
