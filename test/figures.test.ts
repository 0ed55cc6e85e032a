import * as fc from "fast-check";
import { expect, test } from "vitest";

import { compact, count, dollars, money } from "../src/format/figures.ts";

test("figures are written as English does, of any size", () => {
  const english = new Intl.NumberFormat("en-US");
  const short = new Intl.NumberFormat("en-US", {
    notation: "compact",
    maximumSignificantDigits: 3,
  });
  const usd = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(count(value)).toBe(english.format(value));
      // Beyond trillions Intl has no word either.
      if (value < 999e12) expect(compact(value)).toBe(short.format(value));
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (cents) => {
      expect(dollars(cents / 100)).toBe(usd.format(cents / 100));
      expect(dollars(-cents / 100)).toBe(usd.format(-cents / 100));
    }),
  );
});

test("a sum that leaves tokens out is at least so much, and nothing known is not free", () => {
  const words = (totalCost: number | null, unpricedTokens: number): string =>
    money({ totalCost, unpricedTokens });
  expect(words(12.5, 0)).toBe("$12.50");
  expect(words(12.5, 1)).toBe("≥ $12.50");
  expect(words(0.001, 0)).toBe("< $0.01");
  expect(words(0.001, 1)).toBe("≥ $0.01");
  expect(words(null, 1)).toBe("unknown");
  expect(words(null, 0)).toBe("$0.00");
});
