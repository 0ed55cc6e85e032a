import { addDays } from "../../dates.ts";
import { UsageError, UserError } from "../../errors.ts";
import { knownUntil, type AsOf } from "../../readers/as-of.ts";
import type { Span, Spans } from "../../readers/changes.ts";
import { spanBefore, usualComparison } from "../../readers/comparison.ts";
import type { Range } from "../../readers/summary.ts";
import { dateFlag } from "./check.ts";

/**
 * The days to compare, none of which is unknown or not over.
 * @throws UserError when the books do not know them.
 */
export function spansOf(
  against: string | undefined,
  range: Range,
  today: string,
  asOf: AsOf,
): Spans {
  const { firstDate } = asOf;
  const lastWholeDay = addDays(knownUntil(asOf, today), -1);
  const spans = askedSpans(against, range, today, lastWholeDay);
  const first = [spans.range.since, spans.before.since].toSorted()[0] ?? "";
  if (firstDate !== null && first < firstDate) {
    throw new UserError(
      `The books begin on ${firstDate}, and know nothing of ${first}; compare days from then on with --since and --against.`,
    );
  }
  const last = [spans.range.until, spans.before.until].toSorted().at(-1) ?? "";
  if (last > lastWholeDay) {
    const isFetched = knownUntil(asOf, today) >= today;
    throw new UserError(
      isFetched
        ? `${last} is not over, and a part of a day compares with nothing; compare days up to ${lastWholeDay}.`
        : `The last whole day that the books know is ${lastWholeDay}; compare days up to then, or fetch first.`,
    );
  }
  return spans;
}

function askedSpans(
  against: string | undefined,
  range: Range,
  today: string,
  lastWholeDay: string,
): Spans {
  const before = against === undefined ? undefined : spanIn(against, today);
  if (range.since === null && range.until === null) {
    const usual = usualComparison(lastWholeDay);
    return before === undefined ? usual : { ...usual, before };
  }
  if (range.since === null) {
    throw new UsageError("A comparison needs its first day: add --since or --days.");
  }
  const span = { since: range.since, until: range.until ?? lastWholeDay };
  if (span.since > span.until) {
    throw new UsageError(
      `The books know no whole day from ${span.since} on; fetch later, or give --until.`,
    );
  }
  return { range: span, before: before ?? spanBefore(span) };
}

/** Two days with two dots between them. */
function spanIn(against: string, today: string): Span {
  const [since = "", until, ...others] = against.split("..");
  if (until === undefined || others.length > 0) {
    throw new UsageError(
      `--against takes two days such as 2026-11-01..2026-11-07, not "${against}".`,
    );
  }
  const span = {
    since: dateFlag(since, "against", today),
    until: dateFlag(until, "against", today),
  };
  if (span.since <= span.until) return span;
  throw new UsageError(`--against ${against} ends before it begins; swap its days.`);
}
