import { expect, test } from "vitest";

import { settle, type Candidate } from "../src/ledger/settle.ts";

const reading = (method: string, figures: Partial<Candidate> = {}): Candidate => ({
  method,
  pinned: false,
  whole: true,
  readAt: "2026-11-01T00:00:00Z",
  tokens: 100,
  ...figures,
});

const later = "2026-11-02T00:00:00Z";

const cases: { says: string; readings: Candidate[]; shown: string }[] = [
  { says: "the only reading is shown", readings: [reading("a")], shown: "a" },
  {
    says: "of whole readings the one read last is shown, even if it is smaller",
    readings: [reading("doubled", { tokens: 200 }), reading("mended", { readAt: later })],
    shown: "mended",
  },
  {
    says: "a whole reading beats a fuller one that is not whole",
    readings: [reading("whole"), reading("late", { whole: false, tokens: 900, readAt: later })],
    shown: "whole",
  },
  {
    says: "of readings that are not whole the fullest is shown",
    readings: [
      reading("early", { whole: false, tokens: 500 }),
      reading("late", { whole: false, tokens: 400, readAt: later }),
    ],
    shown: "early",
  },
  {
    says: "equally full readings that are not whole are told apart by when they were read",
    readings: [reading("b", { whole: false }), reading("a", { whole: false, readAt: later })],
    shown: "a",
  },
  {
    says: "a pinned reading beats them all",
    readings: [
      reading("pinned", { pinned: true, whole: false, tokens: 1 }),
      reading("whole", { readAt: later }),
    ],
    shown: "pinned",
  },
  {
    says: "a tie is broken by the method's name",
    readings: [reading("a"), reading("b")],
    shown: "b",
  },
];

for (const { says, readings, shown } of cases) {
  test(says, () => {
    expect(settle(readings).method).toBe(shown);
    expect(settle(readings.toReversed()).method).toBe(shown);
  });
}
