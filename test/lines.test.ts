import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { PRICED, transcriptLine, transcriptPath } from "./support/transcripts.ts";

/**
 * Kinds of lines, and whether they count: each is held to the real ccusage, which reads all of them in one
 * run. Where we do otherwise on purpose, the table says why.
 */

type Json = Record<string, unknown>;

interface Kind {
  kind: string;
  /** The line; made of a good one, an answer of 10 tokens in and 100 out. */
  line: (good: string) => string | Buffer;
  /** What becomes of it: "counts", "nothing", or that it is set aside, with the reason. */
  comes: string;
  /** Why ccusage does otherwise and we keep to this. */
  unlike?: string;
}

/** A kind of line that has something else in it. */
function having(
  kind: string,
  comes: string,
  parts: { line?: Json; message?: Json; usage?: Json },
  unlike?: string,
): Kind {
  const line = (good: string): string => {
    const json = JSON.parse(good);
    Object.assign(json.message.usage, parts.usage);
    Object.assign(json.message, parts.message);
    return JSON.stringify(Object.assign(json, parts.line));
  };
  return { kind, line, comes, ...(unlike !== undefined && { unlike }) };
}

/** A kind of line that is written otherwise. */
function written(
  kind: string,
  comes: string,
  line: (good: string) => string | Buffer,
  unlike?: string,
): Kind {
  return { kind, line, comes, ...(unlike !== undefined && { unlike }) };
}

const absent = undefined;

const ONE_ID = "its own rule goes by the text of the line, ours by what the line says";
const UNKNOWN = "what nobody knows decides no figure";

/** The fields that may hold anything, and what else they may hold. */
const free = ["type", "uuid", "parentUuid", "gitBranch"].flatMap((name) =>
  [absent, null, "", 5, {}].map((value) =>
    having(`${name} ${shown(value)}`, "counts", { line: { [name]: value } }),
  ),
);

const freeInMessage = ["role", "content", "type", "stop_reason"].flatMap((name) =>
  [absent, null, "", 5].map((value) =>
    having(`message.${name} ${shown(value)}`, "counts", { message: { [name]: value } }),
  ),
);

/** Names that may be missing, but neither null nor empty. */
const names = [
  ...["requestId", "sessionId"].flatMap((name) => [
    having(`${name} missing`, "counts", { line: { [name]: absent } }),
    ...[null, "", 5, {}].map((value) =>
      having(`${name} ${shown(value)}`, name, { line: { [name]: value } }),
    ),
  ]),
  having("message.id missing", "counts", { message: { id: absent } }),
  ...[null, "", 5].map((id) =>
    having(`message.id ${shown(id)}`, "message.id", { message: { id } }),
  ),
  having("message.id and requestId missing", "counts", {
    message: { id: absent },
    line: { requestId: absent },
  }),
  having("model missing", "counts", { message: { model: absent } }),
  ...[null, "", 5].map((model) => having(`model ${shown(model)}`, "model", { message: { model } })),
  ...["claude-unheard-of-9", " ", "__proto__", "<synthetic>"].map((model) =>
    having(`model ${shown(model)}`, "counts", { message: { model } }),
  ),
  written("half a character in the model", "model", (good) =>
    good.replace('"model":"', String.raw`"model":"\ud800`),
  ),
  written(
    "bytes that are no UTF-8 in the model",
    "counts",
    (good) => broken(good, "sonnet"),
    "a call that was made was made, whatever its model is called",
  ),
  having(
    "model of 10 kB",
    "model",
    { message: { model: "claude ".repeat(1500) } },
    "no model has such a name, and the books would keep it for good",
  ),
];

const versions = [
  ...[absent, "1.0.0", "1.0.0-beta", "2.1.0abc"].map((version) =>
    having(`version ${shown(version)}`, "counts", { line: { version } }),
  ),
  ...[null, "", 5, {}, "abc", "1", "1.0", "v2.1.0", "1.0.x"].map((version) =>
    having(`version ${shown(version)}`, "version", { line: { version } }),
  ),
];

const others = [
  ...[absent, "", 5, {}].map((cwd) => having(`cwd ${shown(cwd)}`, "counts", { line: { cwd } })),
  having(
    "cwd null",
    "counts",
    { line: { cwd: null } },
    "where it was worked decides no figure, and a call that was made was made",
  ),
  ...[absent, null, true].map((isSidechain) =>
    having(`isSidechain ${shown(isSidechain)}`, "counts", { line: { isSidechain } }),
  ),
  ...["", 5, {}, "true"].map((isSidechain) =>
    having(`isSidechain ${shown(isSidechain)}`, "isSidechain", { line: { isSidechain } }),
  ),
  ...[absent, true, "x", 5].map((isApiErrorMessage) =>
    having(`isApiErrorMessage ${shown(isApiErrorMessage)}`, "counts", {
      line: { isApiErrorMessage },
    }),
  ),
  ...[absent, "standard", "fast"].map((speed) =>
    having(`speed ${shown(speed)}`, "counts", { usage: { speed } }),
  ),
  ...["Fast", "turbo", "", null, 1, "priority"].map((speed) =>
    having(`speed ${shown(speed)}`, "speed", { usage: { speed } }),
  ),
];

const NOT_OF_OUR_TIME = "a day that no call can be of would be in every chart";

const timestamps = [
  ...[
    "2026-11-02T10:00:00Z",
    "2026-11-02T10:00:00.000+02:00",
    "2026-11-02T10:00:00+02:00",
    "2026-11-02T10:00:00-12:30",
    "2026-11-02T23:30:00.000-02:00",
  ].map((timestamp) => having(`timestamp ${timestamp}`, "counts", { line: { timestamp } })),
  ...[
    ...[absent, null, "", 5, {}, "foo", 1_793_613_600_000],
    ...["2026-11-02T10:00:00.1Z", "2026-11-02T10:00:00.123456Z", "2026-11-02T10:00:00.000+0200"],
    ...["2026-11-02 10:00:00.000Z", "2026-11-02T10:00:00.000", "2026-11-02T10:00:00"],
    ...["2026-11-02T10:00Z", "2026-11-02", "2026-11-02t10:00:00.000z", "2026-02-30T10:00:00.000Z"],
    ...["2026-11-02T24:00:00.000Z", "2026-11-02T10:00:60.000Z", "+012026-11-02T10:00:00Z"],
  ].map((timestamp) =>
    having(`timestamp ${shown(timestamp)}`, "timestamp", { line: { timestamp } }),
  ),
  ...["0001-01-01", "1999-12-31", "2022-12-31", "9999-12-31"].map((date) =>
    having(
      `timestamp ${date}`,
      `dated ${date}`,
      { line: { timestamp: `${date}T10:00:00.000Z` } },
      NOT_OF_OUR_TIME,
    ),
  ),
];

const TOO_MANY = "no call has so many tokens, and sums of them would not be exact";

const counts = ["input", "output", "cache creation", "cache read"].flatMap((name) => {
  const key = {
    input: "input_tokens",
    output: "output_tokens",
    "cache creation": "cache_creation_input_tokens",
    "cache read": "cache_read_input_tokens",
  }[name] as string;
  const isOptional = name.startsWith("cache");
  const reason = isOptional ? name : `${name} tokens`;
  const as = (text: string) => (good: string) =>
    good.replace(new RegExp(`"${key}":\\d+`), `"${key}":${text}`);
  return [
    having(`${key} missing`, isOptional ? "counts" : reason, { usage: { [key]: absent } }),
    ...["null", "-1", "10.5", '"10"', "true"].map((text) =>
      written(`${key} ${text}`, reason, as(text)),
    ),
    written(`${key} 1000000`, "counts", as("1000000")),
    written(`${key} 010`, "no JSON", as("010")),
    ...["10.0", "1e1", "-0"].map((text) =>
      written(`${key} ${text}`, "counts", as(text), "JSON has one kind of number, and it is whole"),
    ),
    ...["1000000001", "9007199254740993", "18446744073709551615"].map((text) =>
      written(`${key} ${text}`, reason, as(text), TOO_MANY),
    ),
    written(`${key} 18446744073709551616`, reason, as("18446744073709551616")),
  ];
});

const split = (cache_creation: unknown, total: unknown = 50): { usage: Json } => ({
  usage: { cache_creation_input_tokens: total, cache_creation },
});
const [FIVE, HOUR] = ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"] as const;

const cacheCreation = [
  having("cache_creation null", "counts", split(null)),
  having("cache_creation {}", "counts", split({})),
  having("cache_creation []", "counts", split([])),
  having("cache_creation of unknown kinds", "counts", split({ ephemeral_2h_input_tokens: 5 })),
  having("cache_creation for five minutes alone", "counts", split({ [FIVE]: 30 })),
  having("cache_creation for an hour alone", "counts", split({ [HOUR]: 30 })),
  having("cache_creation that is less than the total", "counts", split({ [FIVE]: 20, [HOUR]: 20 })),
  having("cache_creation that is more", "counts", split({ [FIVE]: 60, [HOUR]: 20 })),
  having("cache_creation without a total", "counts", split({ [FIVE]: 20, [HOUR]: 20 }, absent)),
  having("cache_creation of zeros", "counts", split({ [FIVE]: 0, [HOUR]: 0 })),
  having("cache_creation with a null", "cache creation", split({ [FIVE]: null, [HOUR]: 30 })),
  having("cache_creation below zero", "cache creation", split({ [FIVE]: -1, [HOUR]: 0 })),
  having("cache_creation of text", "cache creation", split("x")),
];

const advisor = (more: Json): { usage: Json } => ({
  usage: {
    iterations: [{ type: "advisor_message", input_tokens: 1000, output_tokens: 200, ...more }],
  },
});

const usages = [
  having("no message", "no usage", { line: { message: absent } }),
  having("message null", "no usage", { line: { message: null } }),
  having("no usage", "no usage", { message: { usage: absent } }),
  having("usage null", "no usage", { message: { usage: null } }),
  having("usage {}", "input tokens", { message: { usage: {} } }),
  having("usage []", "no usage", { message: { usage: [1, 2] } }),
  having("usage with unknown keys", "counts", {
    usage: { foo: 1, bar: null, inference_geo: "us", server_tool_use: { web_search_requests: 3 } },
  }),
  having(
    "usage with null as an id in an unknown key",
    "counts",
    { usage: { foo: { id: null } } },
    ONE_ID,
  ),
  having(
    "usage with null as a model in an unknown key",
    "counts",
    { usage: { model: null, x: 1 } },
    ONE_ID,
  ),
  written(
    "usage with half a character in an unknown key",
    "counts",
    (good) => good.replace('"usage":{', String.raw`"usage":{"foo":"\ud800",`),
    UNKNOWN,
  ),
  written(
    "usage with lists 200 deep in an unknown key",
    "counts",
    (good) => good.replace('"usage":{', `"usage":{"foo":${"[".repeat(200)}${"]".repeat(200)},`),
    UNKNOWN,
  ),
  written(
    "usage with a number beyond all in an unknown key",
    "counts",
    (good) => good.replace('"usage":{', '"usage":{"foo":1e999,'),
    UNKNOWN,
  ),
  having("usage of zeros", "nothing", { usage: { input_tokens: 0, output_tokens: 0 } }),
  ...[[], null, [{ type: "message", input_tokens: 10, output_tokens: 100 }]].map((iterations) =>
    having(`iterations ${shown(iterations)}`, "counts", { usage: { iterations } }),
  ),
  having("a compaction among the iterations", "counts", {
    usage: { iterations: [{ type: "compaction", input_tokens: 5000, output_tokens: 70 }] },
  }),
  having("an advisor's answer of another model", "counts", advisor({ model: "claude-opus-4-8" })),
  having(
    "an advisor's answer in fast mode",
    "counts",
    advisor({ model: "claude-opus-4-8", speed: "fast" }),
  ),
  having("an advisor's answer of no model", "counts", advisor({})),
  having("an advisor's answer of a model that is null", "model", advisor({ model: null })),
  ...[0, 1, 1.5].map((costUSD) => having(`costUSD ${costUSD}`, "counts", { line: { costUSD } })),
  ...[null, "", "1", {}].map((costUSD) =>
    having(`costUSD ${shown(costUSD)}`, "costUSD", { line: { costUSD } }),
  ),
  ...[-1.5, 1e300].map((costUSD) =>
    having(`costUSD ${costUSD}`, "costUSD", { line: { costUSD } }, "nothing costs that"),
  ),
];

/** An answer within the progress of a subagent, as older releases wrote it. */
function progress(good: string, outer: Json = {}, inner: Json = {}): string {
  const { timestamp, requestId, message } = JSON.parse(good);
  const data = { message: { type: "assistant", timestamp, requestId, message, ...inner } };
  return JSON.stringify({ type: "progress", sessionId: "s", timestamp, ...outer, data });
}

const texts = [
  written("an answer in the progress of a subagent", "counts", (good) => progress(good)),
  written("the same of a sidechain", "counts", (good) => progress(good, {}, { isSidechain: true })),
  written("the same without a time", "timestamp", (good) =>
    progress(good, {}, { timestamp: absent }),
  ),
  written("the same with a time inside alone", "counts", (good) =>
    progress(good, { timestamp: absent }),
  ),
  written("the same with a cost", "counts", (good) => progress(good, {}, { costUSD: 3 })),
  written("the same beside an answer of the line's own", "counts", (good) =>
    JSON.stringify({ ...JSON.parse(good), data: JSON.parse(progress(good)).data }),
  ),
  written("usage in the result of a tool alone", "no usage", (good) => {
    const { timestamp, message } = JSON.parse(good);
    const toolUseResult = { usage: message.usage };
    return JSON.stringify({ type: "user", timestamp, message: { role: "user" }, toolUseResult });
  }),
  written("spaces at both ends", "counts", (good) => ` \t${good}  `),
  written("the line end of Windows", "counts", (good) => `${good}\r`),
  written("no line end", "counts", (good) => Buffer.from(good)),
  written("spaces everywhere but before usage's brace", "counts", (good) =>
    JSON.stringify(JSON.parse(good), null, 1)
      .replaceAll(/\n\s*/g, " ")
      .replace('"usage": {', '"usage":{'),
  ),
  written("spaces everywhere", "JSON with spaces", (good) =>
    JSON.stringify(JSON.parse(good), null, 1).replaceAll(/\n\s*/g, " "),
  ),
  written("keys in another order", "counts", (good) => {
    const turned = (json: unknown): unknown =>
      typeof json === "object" && json !== null && !Array.isArray(json)
        ? Object.fromEntries(
            Object.entries(json)
              .toReversed()
              .map(([key, value]) => [key, turned(value)]),
          )
        : json;
    return JSON.stringify(turned(JSON.parse(good)));
  }),
  written("a key that nobody knows, twice", "counts", (good) =>
    good.replace('"cwd"', '"zz":1,"zz":2,"cwd"'),
  ),
  written("null as the value of a key that nobody knows", "counts", (good) =>
    good.replace('"cwd"', '"zz":null,"cwd"'),
  ),
  written('the words "id":null in a text', "counts", (good) =>
    good.replace("…", String.raw`\"id\":null`),
  ),
  ...(
    [
      ["a mark of byte order", (good) => `\uFEFF${good}`],
      ["a zero byte before it", (good) => `\0${good}`],
      ["a zero byte after it", (good) => `${good}\0`],
      ["more text after it", (good) => `${good}xyz`],
      ["a comma after it", (good) => `${good},`],
      ["two records", (good) => good + good.replaceAll(/(msg|req)_/g, "$1_another_")],
      ["its end cut off", (good) => good.slice(0, -1)],
      ["a tab in a text", (good) => good.replace("/home", "\t")],
      ["NaN", (good) => good.replace('"cwd"', '"zz":NaN,"cwd"')],
    ] satisfies [string, (good: string) => string][]
  ).map(([kind, line]) => written(kind, "no JSON", line)),
  written("a list of one record", "no usage", (good) => `[${good}]`),
  ...(
    [
      [
        "input_tokens twice",
        (good) => good.replace('"input_tokens":10', '"input_tokens":10,"input_tokens":20'),
      ],
      ["requestId twice", (good) => good.replace('"requestId"', '"requestId":"a","requestId"')],
      [
        "usage twice",
        (good) =>
          good.replace('"usage":{', '"usage":{"input_tokens":1,"output_tokens":1},"usage":{'),
      ],
    ] satisfies [string, (good: string) => string][]
  ).map(([kind, line]) =>
    written(kind, "counts", line, "JSON takes the last of two keys; an audit shows the difference"),
  ),
  written(
    "an id of null in the answer's content",
    "counts",
    (good) => good.replace('{"type":"text"', '{"id":null,"type":"text"'),
    ONE_ID,
  ),
  written(
    "a model of null beside the message",
    "counts",
    (good) => good.replace('"cwd"', '"foo":{"model":null},"cwd"'),
    ONE_ID,
  ),
  written(
    "a space before a requestId of null",
    "requestId",
    (good) => good.replace(/"requestId":"[^"]*"/, '"requestId": null'),
    ONE_ID,
  ),
  written(
    "bytes that are no UTF-8 in cwd",
    "counts",
    (good) => broken(good, "/home"),
    "the folder's name decides no figure",
  ),
  written(
    "half a character in cwd",
    "counts",
    (good) => good.replace("/home", String.raw`\ud800`),
    "the folder's name decides no figure",
  ),
  written(
    "a number beyond all in a key that nobody knows",
    "counts",
    (good) => good.replace('"cwd"', '"zz":1e999,"cwd"'),
    UNKNOWN,
  ),
  written(
    "lists 200 deep in a key that nobody knows",
    "counts",
    (good) => good.replace('"cwd"', `"zz":${"[".repeat(200)}${"]".repeat(200)},"cwd"`),
    UNKNOWN,
  ),
];

/** The line with bytes that no text has in place of a word. */
function broken(good: string, word: string): Buffer {
  const [before = "", ...after] = good.split(word);
  return Buffer.concat([
    Buffer.from(before),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(after.join(word)),
  ]);
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

const kinds: Kind[] = [
  written("a good line", "counts", (good) => good),
  ...[...free, ...freeInMessage, ...names, ...versions, ...others, ...timestamps],
  ...[...counts, ...cacheCreation, ...usages, ...texts],
];

/** By day: input, output, cache creation, cache read, USD. */
type Figures = Record<string, unknown[]>;

let home: Home;
let counted: Map<string, Figures>;
let asCcusage: Map<string, Figures>;
let setAside: Map<string, string>;

const slugOf = (index: number): string => `kind-${index}`;

let differing: string[];

beforeAll(async () => {
  home = newHome({ after: afterAll });
  for (const [index, { line }] of kinds.entries()) {
    const path = transcriptPath(home.claude, slugOf(index), `s${index}`);
    mkdirSync(dirname(path), { recursive: true });
    const at = "2026-11-02T10:00:00.000Z";
    const text = line(transcriptLine("s", { id: `${index}`, at }));
    writeFileSync(path, typeof text === "string" ? `${text}\n` : text);
  }
  ({ differing } = await home.fetch());
  const rows = home.query<{
    slug: string;
    date: string;
    i: number;
    o: number;
    w: number;
    r: number;
    cost: number | null;
  }>(
    `SELECT project_path AS slug, date, SUM(input_tokens) AS i, SUM(output_tokens) AS o,
       SUM(cache_creation_tokens) AS w, SUM(cache_read_tokens) AS r, SUM(cost) AS cost
     FROM usage_cell GROUP BY 1, 2`,
  );
  counted = new Map(
    rows.map(({ slug, date, i, o, w, r, cost }) => [slug, { [date]: [i, o, w, r, cost ?? 0] }]),
  );
  setAside = new Map(
    home
      .query<{ path: string; set_aside: string }>(
        "SELECT path, set_aside FROM transcript WHERE set_aside IS NOT NULL",
      )
      .map(({ path, set_aside }) => {
        expect(Object.values(JSON.parse(set_aside))).toEqual([1]);
        return [/kind-\d+/.exec(path)?.[0] ?? "", Object.keys(JSON.parse(set_aside)).join()];
      }),
  );
  const { projects } = await home.ccusage("daily", "--instances");
  asCcusage = new Map(Object.entries(projects).map(([slug, days]) => [slug, figuresOf(days)]));
});

interface Row {
  date: string;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  totalTokens: number;
  totalCost: number;
}

function figuresOf(days: unknown): Figures {
  const rows = (days as Row[]).filter(({ totalTokens }) => totalTokens > 0);
  return Object.fromEntries(
    rows.map((row) => [
      row.date,
      [
        ...[row.inputTokens, row.outputTokens, row.cacheCreationTokens, row.cacheReadTokens],
        expect.closeTo(row.totalCost, 9),
      ],
    ]),
  );
}

test("whatever a call's line held, ccusage counts what it is handed of it", () => {
  expect(differing).toEqual([]);
});

test("a good line is what it says", () => {
  // 10 tokens in at $3 and 100 out at $15 a million.
  expect(counted.get(slugOf(0))).toEqual({
    "2026-11-02": [10, 100, 0, 0, expect.closeTo(0.00153, 9)],
  });
  expect(
    home.query("SELECT DISTINCT model_name FROM usage_cell WHERE project_path = 'kind-0'"),
  ).toEqual([{ model_name: PRICED }]);
});

test.for(kinds.map((one, index) => ({ ...one, index })))(
  "a line with $kind: $comes",
  ({ comes, unlike, index }) => {
    const slug = slugOf(index);
    const ours = counted.get(slug);
    expect(ours === undefined ? (setAside.get(slug) ?? "nothing") : "counts").toBe(comes);
    if (comes === "counts") expect(setAside.has(slug)).toBe(false);
    const theirs = asCcusage.get(slug) ?? {};
    if (unlike === undefined) expect(ours ?? {}).toEqual(theirs);
    else expect(ours ?? {}).not.toEqual(theirs);
  },
);
