import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { better } from "../src/calls/better.ts";
import { replaysAmong, type KeptCall } from "../src/calls/replays.ts";
import type { Call } from "../src/usage.ts";
import { newHome } from "./support/home.ts";
import { transcriptLine, transcriptPath, type Message } from "./support/transcripts.ts";

/**
 * Lines of one message id, in one transcript or two, and how many tokens they come to: in either order, and
 * as the real ccusage counts them.
 */

/** A line of the conversation, or of a subagent; null: without a request id. */
type Line = (id: string, session: string) => Message;

const DAY = "2026-11-20";

function lineOf(
  isSidechain: boolean,
  request: string | null,
  tokens: number,
  more: Partial<Message> = {},
): Line {
  return (id, session) => ({
    ...{ id, at: `${DAY}T10:00:00.000Z`, input: 0, output: tokens, isSidechain },
    requestId: request === null ? null : `${request}-${id}`,
    line: { sessionId: session },
    ...more,
  });
}

const main = (request: string | null, tokens: number, more: Partial<Message> = {}): Line =>
  lineOf(false, request, tokens, more);
const side = (request: string | null, tokens: number, more: Partial<Message> = {}): Line =>
  lineOf(true, request, tokens, more);

/** Another moment of the same day. */
const later = { at: `${DAY}T12:00:00.000Z` };

interface Case {
  lines: string;
  /** The lines of a transcript of one project, and of another one. */
  a: Line[];
  b?: Line[];
  tokens: number;
  /** What ccusage counts where it differs, in this order and the other, and why we do not. */
  unlike?: { tokens: [number, number]; why: string };
}

const ONE_MESSAGE = "a gateway gives several sessions one message id";
const COUNTED_ON = "ccusage forgets what it has replaced, and adds the next line of it on";

const cases: Case[] = [
  { lines: "one call, first small", a: [main("r", 100), main("r", 200, later)], tokens: 200 },
  { lines: "one call, equal", a: [main("r", 100), main("r", 100, later)], tokens: 100 },
  { lines: "one call in two transcripts", a: [main("r", 100)], b: [main("r", 100)], tokens: 100 },
  { lines: "one call, larger elsewhere", a: [main("r", 100)], b: [main("r", 200)], tokens: 200 },
  {
    lines: "one call, whose parts of cache creation are less than their total",
    a: [
      main("r", 100, {
        cacheCreation: 500,
        usage: { cache_creation: { ephemeral_5m_input_tokens: 10 } },
      }),
      main("r", 150, later),
    ],
    tokens: 150,
  },
  { lines: "two requests", a: [main("r1", 100), main("r2", 100)], tokens: 200 },
  { lines: "a request and none", a: [main("r", 100), main(null, 100)], tokens: 200 },
  {
    lines: "two requests and none",
    a: [main("r1", 100), main(null, 100), main("r2", 100)],
    tokens: 300,
  },
  { lines: "no request, one moment", a: [main(null, 100), main(null, 200)], tokens: 200 },
  { lines: "no request, two moments", a: [main(null, 100), main(null, 200, later)], tokens: 200 },
  { lines: "no request, a copy", a: [main(null, 100)], b: [main(null, 100)], tokens: 100 },
  {
    lines: "no request, two sessions and moments",
    a: [main(null, 100)],
    b: [main(null, 200, later)],
    tokens: 300,
    unlike: { tokens: [200, 200], why: ONE_MESSAGE },
  },
  ...(
    [
      [100, 100],
      [100, 200],
      [200, 100],
    ] as const
  ).flatMap(([x, y]): Case[] => [
    { lines: `main ${x}, side ${y}`, a: [main("r1", x), side("r2", y)], tokens: x },
    { lines: `main ${x}, side ${y} elsewhere`, a: [main("r1", x)], b: [side("r2", y)], tokens: x },
    { lines: `two sides ${x} and ${y}`, a: [side("r2", x), side("r3", y)], tokens: Math.max(x, y) },
    {
      lines: `two sides ${x} and ${y} in two transcripts`,
      ...{ a: [side("r2", x)], b: [side("r3", y)], tokens: Math.max(x, y) },
    },
    { lines: `main ${x}, side ${y} of no request`, a: [main("r1", x), side(null, y)], tokens: x },
    { lines: `main ${x} of no request, side ${y}`, a: [main(null, x), side("r2", y)], tokens: x },
    { lines: `main ${x}, side ${y}, one call`, a: [main("r", x), side("r", y)], tokens: x },
  ]),
  {
    lines: "side 200, main 100, main of the same request 50",
    a: [side("r2", 200), main("r1", 100), main("r1", 50)],
    tokens: 100,
    unlike: { tokens: [150, 100], why: COUNTED_ON },
  },
  {
    lines: "side 200, main 100, main of the same request 150",
    a: [side("r2", 200), main("r1", 100), main("r1", 150)],
    tokens: 150,
    unlike: { tokens: [250, 150], why: COUNTED_ON },
  },
  {
    lines: "side 200, main 100, main of the side's request 100",
    ...{ a: [side("r2", 200), main("r1", 100), main("r2", 100)], tokens: 200 },
  },
  {
    lines: "side 200, main 100, side 200",
    a: [side("r2", 200), main("r1", 100), side("r2", 200)],
    tokens: 100,
  },
  {
    lines: "side 200, main 100, another side 200",
    a: [side("r2", 200), main("r1", 100), side("r3", 200)],
    tokens: 100,
  },
  {
    lines: "side, main, main of no request",
    a: [side("r2", 200), main("r1", 100), main(null, 100)],
    tokens: 200,
  },
  {
    lines: "side 100, side 200, the first again 300",
    a: [side("r2", 100), side("r3", 200), side("r2", 300)],
    tokens: 300,
  },
  {
    lines: "two sides, main of the first's request 50",
    a: [side("r2", 100), side("r3", 200), main("r2", 50)],
    tokens: 50,
  },
  {
    lines: "two sides, two mains",
    a: [side("r2", 100), side("r3", 200), main("r1", 50), main("r3", 50)],
    tokens: 100,
  },
  {
    lines: "two mains, one side of 500",
    a: [main("r1", 100), main("r2", 100), side("r3", 500)],
    tokens: 200,
  },
  {
    lines: "a side, and two mains",
    a: [side("r1", 100), main("r2", 100), main("r3", 100)],
    tokens: 200,
  },
];

interface Counted {
  ours: number;
  theirs: number;
}

/** Of each case: as it is, and with lines and transcripts in the other order. */
let counted: [Counted, Counted][];

beforeAll(async () => {
  const home = newHome({ after: afterAll });
  const write = (name: string, { a, b = [] }: Pick<Case, "a" | "b">): void => {
    for (const [place, lines] of Object.entries({ a, b })) {
      if (lines.length === 0) continue;
      const session = `${name}-${place}`;
      const path = transcriptPath(home.claude, session, session);
      mkdirSync(dirname(path), { recursive: true });
      const texts = lines.map((line) => `${transcriptLine(session, line(name, session))}\n`);
      writeFileSync(path, texts.join(""));
    }
  };
  for (const [index, { a, b }] of cases.entries()) {
    write(`${index}`, { a, ...(b && { b }) });
    // Of two transcripts the other order is the other place.
    write(`${index}-turned`, b === undefined ? { a: a.toReversed() } : { a: b, b: a });
  }
  await home.fetch();
  const ours = new Map(
    home
      .query<{ slug: string; tokens: number }>(
        "SELECT project_path AS slug, SUM(total_tokens) AS tokens FROM project_usage GROUP BY 1",
      )
      .map(({ slug, tokens }) => [slug, tokens]),
  );
  const { projects } = await home.ccusage("daily", "--instances");
  const sumOf = (slug: string): number =>
    (projects[slug] ?? []).reduce(
      (sum: number, { totalTokens }: { totalTokens: number }) => sum + totalTokens,
      0,
    );
  const countOf = (name: string): Counted => ({
    ours: (ours.get(`${name}-a`) ?? 0) + (ours.get(`${name}-b`) ?? 0),
    theirs: sumOf(`${name}-a`) + sumOf(`${name}-b`),
  });
  counted = cases.map((_, index) => [countOf(`${index}`), countOf(`${index}-turned`)]);
});

test.for(cases.map((one, index) => ({ ...one, index })))(
  "$lines: $tokens tokens, in either order",
  ({ tokens, unlike, index }) => {
    const [asItIs, turned] = counted[index] ?? [];
    expect([asItIs?.ours, turned?.ours]).toEqual([tokens, tokens]);
    expect([asItIs?.theirs, turned?.theirs]).toEqual(unlike?.tokens ?? [tokens, tokens]);
  },
);

/** Few values, so that many of them meet. */
const count = fc.constantFrom(0, 1, 100);
const keptCall: fc.Arbitrary<Omit<KeptCall, "id">> = fc.record({
  at: fc.constantFrom(1, 2, 3),
  request: fc.constantFrom(1, 2, 3, 4),
  hasRequest: fc.boolean(),
  isSidechain: fc.boolean(),
  session: fc.constantFrom("one", "two", "three"),
  sessionSeenAt: fc.constantFrom("2026-11-01T10:00:00.000Z", "2026-11-02T10:00:00.000Z"),
  rank: fc.constantFrom("a", "b", "c"),
  inputTokens: count,
  outputTokens: count,
  cacheCreation5mTokens: count,
  cacheCreation1hTokens: count,
  cacheReadTokens: count,
});
const keptCalls = fc
  .uniqueArray(keptCall, {
    minLength: 1,
    maxLength: 8,
    selector: ({ request }) => request,
  })
  .map((calls) => calls.map((call, id): KeptCall => ({ ...call, id })));

const idsOf = (calls: Iterable<KeptCall>): number[] =>
  [...calls].map(({ id }) => id).toSorted((a, b) => a - b);

test("which calls of a message count does not depend on the order they came in", () => {
  fc.assert(
    fc.property(
      keptCalls.chain((calls) =>
        fc.tuple(fc.constant(calls), fc.shuffledSubarray(calls, { minLength: calls.length })),
      ),
      ([calls, shuffled]) => {
        expect(idsOf(replaysAmong(shuffled))).toEqual(idsOf(replaysAmong(calls)));
      },
    ),
    { numRuns: 2000 },
  );
});

test("of the calls of a message one at least counts, and every one of the conversation that has a request", () => {
  fc.assert(
    fc.property(keptCalls, (calls) => {
      const replays = replaysAmong(calls);
      expect(replays.size).toBeLessThan(calls.length);
      expect([...replays].filter((call) => call.hasRequest && !call.isSidechain)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

const call: fc.Arbitrary<Call> = fc.record({
  ...{ message: fc.constant(1), request: fc.constant(1), hasRequest: fc.constant(true) },
  at: fc.constantFrom(1, 2),
  isSidechain: fc.boolean(),
  inputTokens: count,
  outputTokens: count,
  cacheCreation5mTokens: count,
  cacheCreation1hTokens: count,
  cacheReadTokens: count,
  model: fc.constantFrom("", "opus", "sonnet"),
  branch: fc.constantFrom(null, "main"),
  clientVersion: fc.constantFrom(null, "2.1.0"),
  webSearches: fc.constantFrom(0, 2),
  speed: fc.constantFrom(null, "fast" as const),
  serviceTier: fc.constantFrom(null, "priority"),
  lineCost: fc.constantFrom(null, 0, 1),
  details: fc.constantFrom(null, "{}"),
});

test("the lines of one call come to the same in any order", () => {
  const best = (calls: readonly Call[]): Call | undefined => {
    let found: Call | undefined;
    for (const one of calls) if (found === undefined || better(one, found)) found = one;
    return found;
  };
  fc.assert(
    fc.property(
      fc
        .array(call, { minLength: 1, maxLength: 6 })
        .chain((calls) =>
          fc.tuple(fc.constant(calls), fc.shuffledSubarray(calls, { minLength: calls.length })),
        ),
      ([calls, shuffled]) => {
        expect(best(shuffled)).toEqual(best(calls));
      },
    ),
    { numRuns: 2000 },
  );
});
