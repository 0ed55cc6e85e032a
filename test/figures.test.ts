import * as fc from "fast-check";
import { expect, test } from "vitest";

import { count, money } from "../src/format/figures.ts";

test("figures are written as English does, of any size", () => {
  const english = new Intl.NumberFormat("en-US");
  const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(count(value)).toBe(english.format(value));
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (cents) => {
      expect(money(cents / 100)).toBe(dollars.format(cents / 100));
      expect(money(-cents / 100)).toBe(dollars.format(-cents / 100));
    }),
  );
});
