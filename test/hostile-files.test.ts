import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";

import { fetchAt } from "./support/clock.ts";
import { newHome, root, type Home } from "./support/home.ts";
import {
  PRICED,
  say,
  transcriptLine,
  transcriptPath,
  type Message,
} from "./support/transcripts.ts";
import { cellsIn, daysIn, newWitness, sessionsIn } from "./support/witness.ts";

/** What may lie below projects/ besides what Claude Code has put there. */

const DAY = "2026-11-20";

function answer(id: string, tokens: number, more: Partial<Message> = {}): Message {
  return { id, at: `${DAY}T10:00:00.000Z`, input: tokens, output: 0, ...more };
}

/** A transcript of these lines, none of which has an end of its own. */
function write(home: Home, slug: string, session: string, ...lines: string[]): string {
  const path = transcriptPath(home.claude, slug, session);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

interface SetAside {
  path: string;
  reason: string;
  lines: number;
}

const reasonsIn = ({ notRead }: { notRead: { setAside: SetAside[] } }): Record<string, number> =>
  Object.fromEntries(notRead.setAside.map(({ reason, lines }) => [reason, lines]));

test("a pipe, a device, a socket and a folder that are called like transcripts are never opened, and named", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", answer("a", 100));
  const inApp = (name: string): string => transcriptPath(home.claude, "-app", name);
  await execa("mkfifo", [inApp("a-pipe")]);
  symlinkSync("/dev/zero", inApp("b-device"));
  const server = createServer().listen(inApp("c-socket"));
  onTestFinished(() => void server.close());
  await expect.poll(() => existsSync(inApp("c-socket"))).toBe(true);
  mkdirSync(inApp("d-folder"));
  const { notRead, warnings } = await home.fetch();
  expect(notRead.notFiles.toSorted()).toEqual(["a-pipe", "b-device", "c-socket"].map(inApp));
  expect(warnings.join()).toContain(
    "and 2 others is called like a transcript and is no file, so it was not opened; remove it.",
  );
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  // What a folder holds is read like the contents of any other.
  say(home.claude, "-app/d-folder.jsonl", "two", answer("b", 20));
  await home.fetch();
  expect(daysIn(home)).toEqual({ [DAY]: 120 });
});

test("links that lead round in circles, or nowhere, end", async () => {
  const home = newHome();
  const projects = join(home.claude, "projects");
  say(home.claude, "-app", "one", answer("a", 100));
  say(home.claude, "-web", "two", answer("b", 20));
  symlinkSync("..", join(projects, "-app", "up"));
  symlinkSync(".", join(projects, "-app", "here"));
  symlinkSync(join("..", "-web"), join(projects, "-app", "across"));
  symlinkSync(join("..", "-app"), join(projects, "-web", "back"));
  symlinkSync(projects, join(projects, "all"));
  symlinkSync("y.jsonl", join(projects, "-app", "x.jsonl"));
  symlinkSync("x.jsonl", join(projects, "-app", "y.jsonl"));
  symlinkSync("nowhere.jsonl", join(projects, "-app", "z.jsonl"));
  const { status, notRead } = await home.fetch();
  expect(status).toBe("ok");
  expect(notRead.unreadable.toSorted()).toEqual(
    ["x", "y"].map((name) => transcriptPath(home.claude, "-app", name)),
  );
  // A link to where another project lies does not make it its own.
  expect(cellsIn(home)).toEqual({
    [`${DAY} -app ${PRICED}`]: 100,
    [`${DAY} -web ${PRICED}`]: 20,
  });
  expect(sessionsIn(home)).toEqual({ one: 100, two: 20 });
});

test("a linked file beside the one it leads to takes nothing from its session", async () => {
  const home = newHome();
  say(home.claude, "-web", "two", answer("b", 20));
  mkdirSync(join(home.claude, "projects", "-app"));
  symlinkSync(
    join("..", "-web", "two.jsonl"),
    join(home.claude, "projects", "-app", "another.jsonl"),
  );
  await home.fetch();
  expect(sessionsIn(home)).toEqual({ two: 20 });
  expect(cellsIn(home)).toEqual({ [`${DAY} -web ${PRICED}`]: 20 });
});

/** Fetches, and says how much memory that took, in MB. */
async function fetchMeasured(home: Home): Promise<{ megabytes: number }> {
  const peak = join(home.folder, "peak");
  const measure = pathToFileURL(join(root, "test", "support", "peak.mjs")).href;
  const program = join(root, "dist", "ccbooks.js");
  const args = ["--import", measure, program, "fetch", "--offline", "--json"];
  await execa(process.execPath, args, {
    ...{ env: { ...home.env, CCBOOKS_TEST_PEAK: peak }, extendEnv: false },
  });
  return { megabytes: Number(readFileSync(peak, "utf8")) / 1024 };
}

const MEGABYTE = 1 << 20;

test.for<{ where: string; line: (long: string) => string }>([
  {
    where: "the answer",
    line: (long) => transcriptLine("one", answer("long", 20, { line: { note: long } })),
  },
  {
    where: "the result of a tool",
    line: (long) => JSON.stringify({ type: "user", message: { role: "user", content: long } }),
  },
  {
    where: "its usage",
    line: (long) => transcriptLine("one", answer("long", 20, { usage: { foo: long } })),
  },
])("a line of 50 MB in $where is read within 300 MB of memory", async ({ where, line }) => {
  const home = newHome();
  write(
    home,
    "-app",
    "one",
    transcriptLine("one", answer("a", 100)),
    line("x".repeat(50 * MEGABYTE)),
    transcriptLine("one", answer("b", 3)),
  );
  const { megabytes } = await fetchMeasured(home);
  expect(daysIn(home)).toEqual({ [DAY]: where === "the result of a tool" ? 103 : 123 });
  expect(megabytes).toBeLessThan(300);
});

test("a line of 70 MB is passed over and named, and those around it go in", async () => {
  const home = newHome();
  const path = write(
    home,
    "-app",
    "one",
    transcriptLine("one", answer("a", 100)),
    transcriptLine("one", answer("long", 20, { line: { note: "x".repeat(70 * MEGABYTE) } })),
    transcriptLine("one", answer("b", 3)),
  );
  const { megabytes } = await fetchMeasured(home);
  expect(megabytes).toBeLessThan(300);
  expect(daysIn(home)).toEqual({ [DAY]: 103 });
  appendFileSync(path, `${transcriptLine("one", answer("c", 4000))}\n`);
  const grown = await home.fetch();
  expect(reasonsIn(grown)).toEqual({ "too long": 1 });
  expect(grown.effort.bytesRead).toBeLessThan(MEGABYTE);
  expect(daysIn(home)).toEqual({ [DAY]: 4103 });
});

test("a line of more than 64 MB that is not complete yet is passed over when it is", async () => {
  const home = newHome();
  const path = write(home, "-app", "one", transcriptLine("one", answer("a", 100)));
  const long = transcriptLine(
    "one",
    answer("long", 20, { line: { note: "x".repeat(70 * MEGABYTE) } }),
  );
  appendFileSync(path, long.slice(0, -50));
  await home.fetch();
  appendFileSync(path, `${long.slice(-50)}\n${transcriptLine("one", answer("b", 3))}\n`);
  const grown = await home.fetch();
  expect(daysIn(home)).toEqual({ [DAY]: 103 });
  expect(reasonsIn(grown)).toMatchObject({ "too long": 1 });
});

test("half a gigabyte without a line end is passed over once, within 300 MB of memory", async () => {
  const home = newHome();
  const path = write(home, "-app", "one", transcriptLine("one", answer("a", 100)));
  truncateSync(path, 500 * MEGABYTE);
  const { megabytes } = await fetchMeasured(home);
  expect(megabytes).toBeLessThan(300);
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  const idle = await home.fetch();
  expect(idle.effort).toMatchObject({ filesRead: 0, bytesRead: 0 });
});

test("empty files, zeros between lines and a last line without an end are no hindrance", async () => {
  const home = newHome();
  const seen = newWitness(home);
  write(home, "-app", "empty");
  write(home, "-app", "zeros", "\0".repeat(5000), transcriptLine("zeros", answer("a", 100)));
  const path = write(home, "-app", "open", transcriptLine("open", answer("b", 20)), "", "\r", "{}");
  appendFileSync(path, transcriptLine("open", answer("c", 3)));
  expect((await seen.fetch()).status).toBe("ok");
  expect(sessionsIn(home)).toEqual({ zeros: 100, open: 23 });
  await seen.expectAgreement();
});

test("lines 100,000 deep, in usage and elsewhere, stop nothing", async () => {
  const home = newHome();
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const good = (id: string): string => transcriptLine("one", answer(id, 100));
  write(
    home,
    "-app",
    "one",
    good("a").replace('"usage":{', `"usage":{"foo":${deep},`),
    good("b").replace('"cwd"', `"foo":${deep},"cwd"`),
    good("c"),
  );
  const { status, differing } = await home.fetch();
  expect({ status, differing }).toEqual({ status: "ok", differing: [] });
  expect(daysIn(home)).toEqual({ [DAY]: 300 });
});

test("lines dated in 1999 and 9999 are set aside and named, and only looked at again with what is new", async () => {
  const home = newHome();
  const path = write(
    home,
    "-app",
    "one",
    ...["1999-01-01", "9999-01-01", "9999-01-01"].map((date, index) =>
      transcriptLine("one", answer(`x${index}`, 7, { at: `${date}T00:00:00.000Z` })),
    ),
    transcriptLine("one", answer("a", 100)),
  );
  const first = await home.fetch();
  expect(first.notRead.setAside).toEqual([
    { path, reason: "dated 1999-01-01", lines: 1 },
    { path, reason: "dated 9999-01-01", lines: 2 },
  ]);
  expect(first.warnings).toEqual([
    `3 lines with usage in ${path} were set aside (dated 1999-01-01, dated 9999-01-01); \`ccbooks doctor\` says more.`,
  ]);
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  expect(first.totals).toMatchObject({ firstDate: DAY, lastDate: DAY });
  const idle = await home.fetch();
  expect(idle.effort.filesRead).toBe(0);
  expect(idle.notRead.setAside).toEqual(first.notRead.setAside);
  for (const args of [["stats"], ["report", "--out", join(home.folder, "page.html")]]) {
    expect((await home.run(args)).exitCode).toBe(0);
  }
});

test("a line dated after tomorrow counts once its day has come, though its file has not changed", async () => {
  const home = newHome();
  write(
    home,
    "-app",
    "one",
    transcriptLine("one", answer("a", 100)),
    transcriptLine("one", answer("b", 20, { at: "2026-11-24T12:00:00.000Z" })),
    transcriptLine("one", answer("c", 3, { at: "2026-11-26T12:00:00.000Z" })),
    transcriptLine("one", answer("d", 4, { at: "9999-01-01T00:00:00.000Z" })),
  );
  const reasonsAt = async (now: string): Promise<Record<string, number>> =>
    reasonsIn(await fetchAt(home, now));
  expect(await reasonsAt("2026-11-21T10:00:00Z")).toEqual({
    ...{ "dated 2026-11-24": 1, "dated 2026-11-26": 1, "dated 9999-01-01": 1 },
  });
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  // Tomorrow is let in: clocks and zones differ.
  expect(await reasonsAt("2026-11-23T00:30:00Z")).toEqual({
    ...{ "dated 2026-11-26": 1, "dated 9999-01-01": 1 },
  });
  expect(daysIn(home)).toEqual({ [DAY]: 100, "2026-11-24": 20 });
  expect(await reasonsAt("2026-11-25T23:00:00Z")).toEqual({ "dated 9999-01-01": 1 });
  expect(daysIn(home)).toEqual({ [DAY]: 100, "2026-11-24": 20, "2026-11-26": 3 });
});

test("reasons without end are told apart up to twenty a transcript", async () => {
  const home = newHome();
  const lines = Array.from({ length: 50 }, (_, index) =>
    transcriptLine("one", answer(`x${index}`, 7, { at: `${2100 + index}-01-01T00:00:00.000Z` })),
  );
  const path = write(home, "-app", "one", ...lines);
  const reasons = reasonsIn(await home.fetch());
  expect(Object.keys(reasons)).toHaveLength(21);
  expect(reasons["others"]).toBe(30);
  // Nor are they when they come in one after the other.
  for (const year of [3000, 3001, 3002]) {
    const late = answer(`y${year}`, 7, { at: `${year}-01-01T00:00:00.000Z` });
    appendFileSync(
      path,
      `${transcriptLine("one", late)}\n${transcriptLine("one", answer(`z${year}`, 1))}\n`,
    );
    await home.fetch();
  }
  const later = reasonsIn(await home.fetch());
  expect(Object.keys(later)).toHaveLength(21);
  expect(Object.values(later).reduce((sum, count) => sum + count, 0)).toBe(53);
});

test.for(["__proto__", "constructor", "toString", " ", "a\nb", "a'b\"c", "…"])(
  "a project, a session, a branch and a model called %j are data",
  async (name) => {
    const home = newHome();
    say(home.claude, name, name, answer("a", 100, { model: name, line: { gitBranch: name } }));
    const { status, differing } = await home.fetch();
    expect({ status, differing }).toEqual({ status: "ok", differing: [] });
    expect(cellsIn(home)).toEqual(
      Object.fromEntries([[`${DAY} ${name} ${name}`, 100]]) as Record<string, number>,
    );
    expect(home.query("SELECT session_id, project_path FROM session_usage")).toEqual([
      { session_id: name, project_path: name },
    ]);
    expect(home.query("SELECT name FROM branch")).toEqual([{ name }]);
    expect((await home.run(["stats", "--json"])).exitCode).toBe(0);
  },
);

test("names of 5,000 characters are cut where they decide nothing, and else their line is set aside", async () => {
  const home = newHome();
  const long = "n".repeat(5000);
  write(
    home,
    "-app",
    "one",
    transcriptLine("one", answer("a", 100, { cwd: `/${long}`, line: { gitBranch: long } })),
    transcriptLine("one", answer("b", 20, { model: long })),
    transcriptLine("one", answer("c", 3, { line: { sessionId: long } })),
    transcriptLine("one", answer("d", 4, { requestId: long })),
    transcriptLine("one", answer(long, 5)),
    JSON.stringify({ type: "ai-title", aiTitle: long }),
  );
  const fetched = await home.fetch();
  expect(reasonsIn(fetched)).toEqual({ model: 1, sessionId: 1, requestId: 1, "message.id": 1 });
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  const cut = "n".repeat(200);
  expect(home.query("SELECT name FROM branch")).toEqual([{ name: cut }]);
  expect(home.query("SELECT title FROM session")).toEqual([{ title: cut }]);
});

test("a file's name in a message is as printable as any other text", async () => {
  const home = newHome();
  const slug = "-a\u001B[31mb\u0007";
  const path = transcriptPath(home.claude, slug, "x\ny");
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "w");
  writeSync(fd, '{"type":"assistant","message":{"usage":{}}}\n');
  closeSync(fd);
  await execa("mkfifo", [join(dirname(path), "p\u001B[0m.jsonl")]);
  const { stderr, exitCode } = await home.run(["fetch", "--offline"]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain("/-ab·/p.jsonl is called");
  expect(stderr).toContain("/-ab·/x·y.jsonl was set aside (timestamp);");
  expect(stderr).not.toContain("\u0007");
  expect(stderr).not.toContain("\u001B");
});
