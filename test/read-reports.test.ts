import { expect, test } from "vitest";

import { UserError } from "../src/errors.ts";
import { parseDaily, parseSession } from "../src/sources/ccusage/parse.ts";
import { daysOf, sessionsOf } from "../src/sources/ccusage/read.ts";
import { NO_MODEL, type Cell, type Report } from "../src/usage.ts";

type Kinds = [input: number, output: number, cacheCreation: number, cacheRead: number];

interface Model {
  modelName: string;
  kinds: Kinds;
  cost: number;
  missingPricing?: boolean;
}

interface Row {
  models: Model[];
  /** Tokens that none of the models accounts for. */
  rest?: Kinds;
  own: Record<string, string>;
}

const none: Kinds = [0, 0, 0, 0];
const ten: Kinds = [4, 3, 2, 1];

const sumOf = (parts: Kinds[]): Kinds =>
  parts.reduce((a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]], none);

const countsOf = ([input, output, cacheCreation, cacheRead]: Kinds) => ({
  inputTokens: input,
  outputTokens: output,
  cacheCreationTokens: cacheCreation,
  cacheReadTokens: cacheRead,
});

const partsOf = ({ models, rest }: Row): Kinds[] => [
  ...models.map(({ kinds }) => kinds),
  rest ?? none,
];

const figuresOf = (rows: Row[]) => {
  const sum = sumOf(rows.flatMap(partsOf));
  const costs = rows.flatMap(({ models }) => models.map(({ cost }) => cost));
  return {
    ...countsOf(sum),
    totalTokens: sum[0] + sum[1] + sum[2] + sum[3],
    totalCost: costs.reduce((a, b) => a + b, 0),
  };
};

/** A row as ccusage prints it, adding up. */
const printed = (row: Row) => ({
  ...row.own,
  ...figuresOf([row]),
  modelBreakdowns: row.models.map(({ kinds, ...model }) => ({ ...countsOf(kinds), ...model })),
});

const dailyReportOf = (projects: Record<string, Row[]>): string =>
  JSON.stringify({
    projects: Object.fromEntries(
      Object.entries(projects).map(([project, rows]) => [project, rows.map(printed)]),
    ),
    totals: figuresOf(Object.values(projects).flat()),
  });

const sessionReportOf = (rows: Row[]): string =>
  JSON.stringify({ sessions: rows.map(printed), totals: figuresOf(rows) });

interface Printed {
  daily?: string;
  session?: string;
  timezone?: string;
}

/** What is made of the reports of one release. */
async function read({ daily = "[]", session = "[]", timezone = "UTC" }: Printed): Promise<Report> {
  return {
    days: daysOf(parseDaily(daily, "20.0.20")),
    sessions: sessionsOf(parseSession(session, "20.0.20"), timezone),
  };
}

const opus: Model = { modelName: "claude-opus-4-8", kinds: ten, cost: 0.5 };
const haiku: Model = { modelName: "claude-haiku-4-5", kinds: [10, 20, 30, 40], cost: 0.25 };

const day = (date: string, ...models: Model[]): Row => ({ own: { date }, models });

const session = (own: Record<string, string> = {}, ...models: Model[]): Row => ({
  own: { sessionId: "one", projectPath: "-app", lastActivity: "2026-11-02", ...own },
  models: models.length > 0 ? models : [opus],
});

const cell = (project: string, model: string, kinds: Kinds, cost: number | null): Cell => ({
  project,
  model,
  ...countsOf(kinds),
  cost,
  unpricedTokens: cost === null ? kinds[0] + kinds[1] + kinds[2] + kinds[3] : 0,
});

test.for([
  { at: "2026-11-02T23:59:59.999Z", timezone: "UTC", date: "2026-11-02" },
  { at: "2026-11-03T00:00:00.000Z", timezone: "UTC", date: "2026-11-03" },
  { at: "2026-11-02T23:30:00.000Z", timezone: "Asia/Tokyo", date: "2026-11-03" },
  { at: "2026-11-02T18:14:59.999Z", timezone: "Asia/Kathmandu", date: "2026-11-02" },
  { at: "2026-11-02T18:15:00.000Z", timezone: "Asia/Kathmandu", date: "2026-11-03" },
  { at: "2026-11-02T10:00:00.000Z", timezone: "Pacific/Kiritimati", date: "2026-11-03" },
  { at: "2026-11-02T10:59:00.000Z", timezone: "Pacific/Pago_Pago", date: "2026-11-01" },
  // The clocks of New York went back on 1 November, so its midnight moved by an hour.
  { at: "2026-11-01T04:30:00.000Z", timezone: "America/New_York", date: "2026-11-01" },
  { at: "2026-11-02T04:30:00.000Z", timezone: "America/New_York", date: "2026-11-01" },
  { at: "2026-11-02T05:00:00.000Z", timezone: "America/New_York", date: "2026-11-02" },
])("a session last active at $at is of $date in $timezone", async ({ at, timezone, date }) => {
  const printedSession = sessionReportOf([session({ firstActivity: at, lastActivity: at })]);
  const { sessions } = await read({ session: printedSession, timezone });
  expect(sessions).toMatchObject([
    { firstActivity: date, lastActivity: date, firstActivityAt: at, lastActivityAt: at },
  ]);
});

test("an instant with an offset is the same instant in UTC", async () => {
  const lastActivity = "2026-11-02T23:30:00+09:00";
  const { sessions } = await read({ session: sessionReportOf([session({ lastActivity })]) });
  expect(sessions[0]?.lastActivityAt).toBe("2026-11-02T14:30:00.000Z");
});

test.for(["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])(
  "a session of which only the date is known keeps that date in %s",
  async (timezone) => {
    const printedSession = sessionReportOf([session({ lastActivity: "2026-11-02" })]);
    const { sessions } = await read({ session: printedSession, timezone });
    expect(sessions).toMatchObject([
      {
        firstActivity: null,
        firstActivityAt: null,
        lastActivity: "2026-11-02",
        lastActivityAt: null,
      },
    ]);
  },
);

test("a session outside any project belongs to the unknown project", async () => {
  const row = session();
  delete row.own["projectPath"];
  const { sessions } = await read({ session: sessionReportOf([row]) });
  expect(sessions).toMatchObject([
    { projectPath: "Unknown Project", cells: [{ project: "Unknown Project" }] },
  ]);
});

test("one session id in two projects is two sessions", async () => {
  const rows = [session(), session({ projectPath: "-web" }, haiku)];
  const { sessions } = await read({ session: sessionReportOf(rows) });
  expect(sessions.map(({ projectPath, cells }) => [projectPath, cells])).toEqual([
    ["-app", [cell("-app", opus.modelName, opus.kinds, 0.5)]],
    ["-web", [cell("-web", haiku.modelName, haiku.kinds, 0.25)]],
  ]);
});

test("sessions come in the order of their ids, whatever ccusage sorts by", async () => {
  const rows = ["b", "c", "a"].map((sessionId) => session({ sessionId }));
  const { sessions } = await read({ session: sessionReportOf(rows) });
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(["a", "b", "c"]);
});

const app = "-app";

test.for<{ says: string; row: Omit<Row, "own">; cells: Cell[] }>([
  {
    says: "a model with a price costs what it says",
    row: { models: [opus] },
    cells: [cell(app, opus.modelName, ten, 0.5)],
  },
  {
    says: "a model that costs nothing has no known price",
    row: { models: [{ ...opus, cost: 0 }] },
    cells: [cell(app, opus.modelName, ten, null)],
  },
  {
    says: "a model said to have no price has none, whatever it costs",
    row: { models: [{ ...opus, missingPricing: true }] },
    cells: [cell(app, opus.modelName, ten, null)],
  },
  {
    says: "a model said to have a price keeps it",
    row: { models: [{ ...opus, missingPricing: false }] },
    cells: [cell(app, opus.modelName, ten, 0.5)],
  },
  {
    says: "the smallest cost is still a price",
    row: { models: [{ ...opus, cost: 1e-9 }] },
    cells: [cell(app, opus.modelName, ten, 1e-9)],
  },
  {
    says: "models are cells of their own, in the order of their names",
    row: { models: [opus, { ...haiku, cost: 0 }] },
    cells: [
      cell(app, haiku.modelName, haiku.kinds, null),
      cell(app, opus.modelName, opus.kinds, 0.5),
    ],
  },
  {
    says: "what no model accounts for is a remainder without a price",
    row: { models: [opus, haiku], rest: [7, 0, 0, 5] },
    cells: [
      cell(app, NO_MODEL, [7, 0, 0, 5], null),
      cell(app, haiku.modelName, haiku.kinds, 0.25),
      cell(app, opus.modelName, opus.kinds, 0.5),
    ],
  },
  {
    says: "without any model everything is the remainder",
    row: { models: [], rest: ten },
    cells: [cell(app, NO_MODEL, ten, null)],
  },
  {
    says: "a model without tokens or cost is no cell",
    row: { models: [opus, { ...haiku, kinds: none, cost: 0 }] },
    cells: [cell(app, opus.modelName, ten, 0.5)],
  },
  { says: "nothing used is no cell at all", row: { models: [], rest: none }, cells: [] },
])("$says", async ({ row, cells }) => {
  const { days, sessions } = await read({
    daily: dailyReportOf({ [app]: [{ ...row, own: { date: "2026-11-02" } }] }),
    session: sessionReportOf([{ ...row, own: session().own }]),
  });
  expect(days).toEqual([{ date: "2026-11-02", cells }]);
  expect(sessions.map((found) => found.cells)).toEqual([cells]);
});

// A line can carry its cost and no tokens; the cell is dropped, and its dollars with it.
test("a cost without tokens is not lost", async () => {
  const daily = dailyReportOf({ [app]: [day("2026-11-02", { ...opus, kinds: none })] });
  const { days } = await read({ daily });
  expect(days[0]?.cells).toEqual([cell(app, opus.modelName, none, 0.5)]);
});

test("the projects of one date are one day's cells", async () => {
  const { days } = await read({
    daily: dailyReportOf({
      "-app": [day("2026-11-01", opus), day("2026-11-02", opus, haiku)],
      "-web": [day("2026-11-02", haiku), day("2026-11-03", haiku)],
    }),
  });
  expect(days.toSorted((a, b) => (a.date < b.date ? -1 : 1))).toEqual([
    { date: "2026-11-01", cells: [cell("-app", opus.modelName, opus.kinds, 0.5)] },
    {
      date: "2026-11-02",
      cells: [
        cell("-app", haiku.modelName, haiku.kinds, 0.25),
        cell("-app", opus.modelName, opus.kinds, 0.5),
        cell("-web", haiku.modelName, haiku.kinds, 0.25),
      ],
    },
    { date: "2026-11-03", cells: [cell("-web", haiku.modelName, haiku.kinds, 0.25)] },
  ]);
});

test("days and sessions need not agree with each other", async () => {
  const { days, sessions } = await read({
    daily: dailyReportOf({ [app]: [day("2026-11-02", opus)] }),
    session: sessionReportOf([session({}, haiku)]),
  });
  expect(days[0]?.cells).toMatchObject([{ cost: 0.5 }]);
  expect(sessions[0]?.cells).toMatchObject([{ cost: 0.25 }]);
});

test("dollars may differ by the noise of adding them in another order, and no more", async () => {
  const daily = dailyReportOf({ [app]: [day("2026-11-02", opus)] });
  const costing = (dollars: number): string =>
    daily.replaceAll('"totalCost":0.5', `"totalCost":${dollars}`);
  const { days } = await read({ daily: costing(0.50001) });
  expect(days[0]?.cells).toMatchObject([{ cost: 0.5 }]);
  await expect(read({ daily: costing(0.501) })).rejects.toThrow(UserError);
});

test("a report that is not believed is named with the release and its place", async () => {
  const good = sessionReportOf([session(), session({ sessionId: "two" })]);
  const damaged = good.replace('"inputTokens":4', '"inputTokens":null');
  await expect(read({ session: damaged })).rejects.toThrow(
    "The session report of ccusage 20.0.20 has null as sessions[0].inputTokens",
  );
});

// Whatever Date.parse makes of a text is taken for the instant it tells.
test.for(["2026-02-30T10:00:00.000Z", "Tue Nov 3 2026", "2026-11-02T10:00:00"])(
  "%s is no instant",

  async (lastActivity) => {
    await expect(read({ session: sessionReportOf([session({ lastActivity })]) })).rejects.toThrow(
      lastActivity,
    );
  },
);
