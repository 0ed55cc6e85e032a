import * as fc from "fast-check";
import { expect, test } from "vitest";

import { dayAt } from "../src/dates.ts";

const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
const instants = fc.integer({
  min: Date.parse("2020-01-01T00:00:00Z"),
  max: Date.parse("2035-01-01T00:00:00Z"),
});

test("a day and its beginning are those of the zone's calendar, in every zone", () => {
  fc.assert(
    fc.property(zones, instants, (zone, instant) => {
      const { date, startsAt } = dayAt(instant, zone);
      const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format;
      expect(date).toBe(day(instant));
      expect(startsAt).toBeLessThanOrEqual(instant);
      expect(day(startsAt)).toBe(date);
      expect(day(startsAt - 1) < date).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ["the clock skips midnight", "Africa/Cairo", "2026-04-24T09:00:00Z", "2026-04-23T22:00:00.000Z"],
  ["midnight comes twice", "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00.000Z"],
  ["the day has 23 hours", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00.000Z"],
])("a day on which %s begins where it does", (_, zone, instant, startsAt) => {
  expect(new Date(dayAt(Date.parse(instant), zone).startsAt).toISOString()).toBe(startsAt);
});

test("asking for a day elsewhere leaves the clock here as it was", () => {
  const before = [process.env["TZ"], new Date(0).getHours()];
  dayAt(0, "Asia/Kathmandu");
  expect([process.env["TZ"], new Date(0).getHours()]).toEqual(before);
});
