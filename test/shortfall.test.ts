import * as fc from "fast-check";
import { expect, test } from "vitest";

import { sumKind, sumTokens } from "../src/ledger/cells.ts";
import { apportion, shortfall } from "../src/ledger/shortfall.ts";
import { tokenKinds, type Cell } from "../src/usage.ts";
import { cell } from "./support/cells.ts";

const cases: { says: string; before: Cell[]; after: Cell[]; lost: Cell[] }[] = [
  {
    says: "equal days lack nothing",
    before: [cell({ inputTokens: 5 })],
    after: [cell({ inputTokens: 5 })],
    lost: [],
  },
  {
    says: "a day that grew lacks nothing",
    before: [cell({ inputTokens: 5 })],
    after: [cell({ inputTokens: 9 })],
    lost: [],
  },
  {
    says: "a vanished cell is lacking whole",
    before: [cell({ inputTokens: 5 }), cell({ project: "web", inputTokens: 7 })],
    after: [cell({ inputTokens: 5 })],
    lost: [cell({ project: "web", inputTokens: 7 })],
  },
  {
    says: "credit that moves between projects is no loss",
    before: [cell({ project: "app", inputTokens: 5 })],
    after: [cell({ project: "web", inputTokens: 5 })],
    lost: [],
  },
  {
    says: "credit that moves while logs are lost: only the day's loss is lacking",
    before: [cell({ project: "app", inputTokens: 50 }), cell({ project: "web", inputTokens: 10 })],
    after: [cell({ project: "api", inputTokens: 45 })],
    lost: [
      cell({ project: "app", inputTokens: 13, cost: 12.5 }),
      cell({ project: "web", inputTokens: 2, cost: 2.5 }),
    ],
  },
  {
    says: "each token kind is compared by itself",
    before: [cell({ inputTokens: 5, outputTokens: 5 })],
    after: [cell({ inputTokens: 2, outputTokens: 9 })],
    lost: [cell({ inputTokens: 3, cost: 0 })],
  },
  {
    says: "a fall in price alone is no loss",
    before: [cell({ inputTokens: 5, cost: 5 })],
    after: [cell({ inputTokens: 5, cost: 2 })],
    lost: [],
  },
  {
    says: "lost tokens without a price stay without one",
    before: [cell({ inputTokens: 5, cost: null })],
    after: [],
    lost: [cell({ inputTokens: 5, cost: null })],
  },
  {
    says: "a price learned as logs are lost leaves no more unpriced than was lost",
    before: [cell({ inputTokens: 30, cost: null })],
    after: [cell({ inputTokens: 20, cost: 2 })],
    lost: [cell({ inputTokens: 10, cost: null })],
  },
  {
    says: "a partly priced cell loses both parts in proportion",
    before: [cell({ inputTokens: 10, cost: 6, unpricedTokens: 4 })],
    after: [cell({ inputTokens: 5, cost: 3, unpricedTokens: 2 })],
    lost: [cell({ inputTokens: 5, cost: 3, unpricedTokens: 2 })],
  },
];

for (const { says, before, after, lost } of cases) {
  test(says, () => {
    expect(shortfall(before, after)).toEqual(lost);
  });
}

const cells = fc
  .array(
    fc.record({
      project: fc.constantFrom("app", "web"),
      model: fc.constantFrom("haiku", "opus"),
      inputTokens: fc.nat(1000),
      outputTokens: fc.nat(1000),
      cacheCreationTokens: fc.nat(1000),
      cacheReadTokens: fc.nat(1000),
    }),
    { maxLength: 4 },
  )
  .map((list) => [
    ...new Map(list.map((one) => [`${one.project} ${one.model}`, cell(one)])).values(),
  ]);

test("what is lacking is exactly what each token kind of the day fell by", () => {
  fc.assert(
    fc.property(cells, cells, (before, after) => {
      const lost = shortfall(before, after);
      for (const kind of tokenKinds) {
        const fall = Math.max(0, sumKind(before, kind) - sumKind(after, kind));
        expect(sumKind(lost, kind)).toBe(fall);
      }
      expect(sumTokens(lost)).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});

test("an amount is split in whole shares that add up and never exceed their weights", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000_000_000), { minLength: 1, maxLength: 8 }),
      fc.nat(1000),
      (weights, perMille) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const amount = Math.floor((sum * perMille) / 1000);
        const shares = apportion(amount, weights);
        expect(shares.reduce((total, share) => total + share, 0)).toBe(amount);
        for (const [index, share] of shares.entries()) {
          expect(Number.isInteger(share)).toBe(true);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(weights[index] ?? 0);
        }
      },
    ),
    { numRuns: 5000 },
  );
});
