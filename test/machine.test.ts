import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { say, sweep } from "./support/transcripts.ts";
import { daysIn, newWitness, sessionsIn } from "./support/witness.ts";

/** Late in the evening in Berlin, already the next day in Tokyo. */
const evening = { id: "a", at: "2026-11-02T21:30:00.000Z", input: 100, output: 0 };

const machineFile = (home: Home): string => join(home.folder, "config", "machine.json");

const kept = (home: Home): unknown => JSON.parse(readFileSync(machineFile(home), "utf8"));

test("the time zone is fixed at the first fetch: neither TZ nor travel moves a token", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  expect(daysIn(home)).toEqual({ "2026-11-02": 100 });

  say(home.claude, "-app", "one", { ...evening, id: "b", input: 20 });
  const { exitCode } = await home.run(["fetch", "--offline"], { TZ: "Asia/Tokyo" });
  expect(exitCode).toBe(0);
  expect(daysIn(home)).toEqual({ "2026-11-02": 120 });
});

test("a zone in the wrong case is accepted in its proper spelling", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", evening);
  const { run } = await home.fetch("--timezone", "asia/tokyo");
  expect(run.timezone).toBe("Asia/Tokyo");
  expect(kept(home)).toMatchObject({ timezone: "Asia/Tokyo" });
  expect(daysIn(home)).toEqual({ "2026-11-03": 100 });
  // It is the same zone in any case of letters.
  expect((await home.fetch("--timezone", "ASIA/TOKYO")).run.timezone).toBe("Asia/Tokyo");
});

test.for(["+09:00", "UTC+9", "CET-1CEST", "JST-9", "Mars/Base", "../etc/passwd"])(
  "--timezone %s names no zone, which is a sentence, and nothing is kept of it",
  async (zone) => {
    const home = newHome();
    say(home.claude, "-app", "one", evening);
    const { exitCode, stderr } = await home.run(["fetch", "--offline", `--timezone=${zone}`]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `[error] "${zone}" is not the name of a time zone; give one such as Europe/Berlin, or leave --timezone out.`,
    });
    expect(existsSync(machineFile(home))).toBe(false);
    expect(existsSync(home.db)).toBe(false);
  },
);

test.for([
  { TZ: "CET-1CEST", next: "which names no time zone; set it to a name such as Europe/Berlin" },
  { TZ: ":/etc/localtime", next: "which names no time zone; set it to a name" },
  { TZ: "Nowhere/Land", next: "which names no time zone; set it to a name" },
  { TZ: "+09:00", next: "which names no time zone; set it to a name" },
  { TZ: "europe/berlin", next: "which is spelled Europe/Berlin: correct it" },
])("TZ=$TZ never becomes UTC in silence: a sentence names what is right", async ({ TZ, next }) => {
  const home = newHome();
  say(home.claude, "-app", "one", evening);
  const { exitCode, stderr } = await home.run(["fetch", "--offline"], { TZ });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`[error] TZ is "${TZ}", ${next}`);
  expect(stderr).toContain("or fetch once with --timezone NAME.");
  expect(existsSync(machineFile(home))).toBe(false);

  // Once told, it is remembered, whatever TZ says.
  const told = await home.run(["fetch", "--offline", "--timezone", "Asia/Tokyo"], { TZ });
  expect(told.exitCode).toBe(0);
  expect((await home.run(["fetch", "--offline"], { TZ })).exitCode).toBe(0);
  expect((await home.run(["stats"], { TZ })).exitCode).toBe(0);
  expect(daysIn(home)).toEqual({ "2026-11-03": 100 });
});

test("asking for another zone than the kept one is refused with what to do", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  const { exitCode, stderr } = await home.run(["fetch", "--offline", "--timezone", "asia/tokyo"]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr:
      "[error] This machine's days are counted in Europe/Berlin; leave --timezone out, or count all of them in the other with `ccbooks recount --timezone Asia/Tokyo`.",
  });
  expect((await home.fetch("--timezone", "Europe/Berlin")).status).toBe("ok");
});

test("recount --timezone counts everything in another zone, swept days too, and lists what moved", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  const seen = newWitness(home);
  say(home.claude, "-app", "one", evening, {
    ...{ ...evening, id: "b", at: "2026-11-03T10:00:00.000Z", input: 20 },
  });
  say(home.claude, "-app", "two", { ...evening, id: "c", input: 3 });
  await seen.fetch();
  expect(daysIn(home)).toEqual({ "2026-11-02": 103, "2026-11-03": 20 });
  sweep(home.claude, "-app", "two");

  const recount = ["recount", "--offline", "--json", "--timezone", "asia/tokyo"];
  const { stdout } = await home.run(recount);
  const { revisions } = JSON.parse(stdout);
  expect(revisions).toMatchObject([
    { date: "2026-11-02", reason: "time zone", tokensBefore: 103, tokensAfter: 0 },
    { date: "2026-11-03", reason: "time zone", tokensBefore: 20, tokensAfter: 123 },
  ]);
  expect(revisions[0].detail).toBe("Europe/Berlin to Asia/Tokyo");
  expect(daysIn(home)).toEqual({ "2026-11-03": 123 });
  expect(sessionsIn(home)).toEqual({ one: 120, two: 3 });
  expect(home.query("SELECT first_activity FROM session_usage WHERE session_id = 'two'")).toEqual([
    { first_activity: "2026-11-03" },
  ]);
  expect(kept(home)).toMatchObject({ timezone: "Asia/Tokyo" });

  // What comes after is counted there, too.
  say(home.claude, "-app", "one", { ...evening, id: "d", input: 4000 });
  await seen.fetch();
  expect(daysIn(home)).toEqual({ "2026-11-03": 4123 });
  home.env["TZ"] = "Asia/Tokyo";
  await seen.expectAgreement();
});

test("a machine that has lost its configuration is the one that the books know by its name, in its zone", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  const machine = kept(home);
  rmSync(machineFile(home));

  say(home.claude, "-app", "one", { ...evening, id: "b", input: 20 });
  expect((await home.run(["fetch", "--offline"], { TZ: "Asia/Tokyo" })).exitCode).toBe(0);
  expect(daysIn(home)).toEqual({ "2026-11-02": 120 });
  expect(home.query("SELECT machine FROM daily_usage")).toEqual([{ machine: "test-machine" }]);
  expect(home.query("SELECT 1 FROM machine")).toHaveLength(1);
  expect(kept(home)).toEqual(machine);
});

test("a configuration that is lost and asked for in another zone is a sentence", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  rmSync(machineFile(home));
  const { exitCode, stderr } = await home.run(["fetch", "--offline", "--timezone", "Asia/Tokyo"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    "[error] The books count the days of test-machine in Europe/Berlin; leave --timezone out",
  );
  expect(daysIn(home)).toEqual({ "2026-11-02": 100 });
});

test("a machine keeps an id, its name and its zone from the first fetch on; without a name it is the host's", async () => {
  const home = newHome();
  delete home.env["CCBOOKS_MACHINE"];
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  expect(kept(home)).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    ...{ name: hostname(), timezone: "UTC" },
  });
  expect(home.query("SELECT uid AS id, name, timezone FROM machine")).toEqual([kept(home)]);
});

test("fetching under another name never counts a call twice, and needs no warning", async () => {
  const home = newHome();
  const seen = newWitness(home);
  delete home.env["CCBOOKS_MACHINE"];
  say(home.claude, "-app", "one", evening);
  await seen.fetch("--machine", "laptop");
  const before = home.dump();
  const desktop = await seen.fetch("--machine", "desktop");
  expect(desktop).toMatchObject({
    ...{ run: { machine: "desktop" }, calls: { added: 0 }, warnings: [] },
  });
  expect(home.dump()).toBe(before);

  // What is new is that of the one who fetches it.
  say(home.claude, "-app", "two", { ...evening, id: "b", input: 20 });
  await seen.fetch("--machine", "desktop");
  say(home.claude, "-app", "three", { ...evening, id: "c", input: 3 });
  const { run } = await seen.fetch();
  expect(run.machine).toBe("laptop");
  expect(home.query("SELECT machine, total_tokens FROM daily_usage ORDER BY machine")).toEqual([
    { machine: "desktop", total_tokens: 20 },
    { machine: "laptop", total_tokens: 103 },
  ]);
  expect(kept(home)).toMatchObject({ name: "laptop" });
  await seen.expectAgreement();
});

test("two machines that fetch into one file add up and leave each other alone", async () => {
  const [home, other] = [newHome(), newHome()];
  say(home.claude, "-app", "one", evening);
  say(other.claude, "-app", "two", { ...evening, id: "b", input: 20 });
  await home.fetch();
  await other.fetch("--db", home.db, "--machine", "another");
  await home.fetch();
  expect(home.query("SELECT machine, total_tokens FROM daily_usage ORDER BY machine")).toEqual([
    { machine: "another", total_tokens: 20 },
    { machine: "test-machine", total_tokens: 100 },
  ]);
  expect(home.query("SELECT total_tokens FROM daily_cost")).toEqual([{ total_tokens: 120 }]);
});

test.for(["", "{}", "not json", '{"name":"x","timezone":5}', '{"name":"x","timezone":"UTC"}'])(
  "a machine file that holds %j is a sentence, not a new machine",
  async (text) => {
    const home = newHome();
    mkdirSync(dirname(machineFile(home)), { recursive: true });
    writeFileSync(machineFile(home), text);
    const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`[error] ${machineFile(home)} should hold`);
    expect(readFileSync(machineFile(home), "utf8")).toBe(text);
  },
);

test.for(["Mars/Base", "CET-1CEST", "asia/tokyo"])(
  "a machine file whose zone is %s is a sentence: its days do not become those of UTC",
  async (timezone) => {
    const home = newHome();
    say(home.claude, "-app", "one", evening);
    mkdirSync(dirname(machineFile(home)), { recursive: true });
    writeFileSync(machineFile(home), JSON.stringify({ id: "1a2b", name: "x", timezone }));
    const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(machineFile(home));
    expect(stderr).toContain(`"${timezone}"`);
    expect(stderr).not.toContain("bug in ccbooks");
  },
);

test.for(["__proto__", "constructor", "..", "a/b", "Büro 🖥", "x".repeat(100)])(
  "a machine may be called %s, which is data",
  async (name) => {
    const home = newHome();
    say(home.claude, "-app", "one", evening);
    await home.fetch("--machine", name);
    expect(home.query("SELECT machine, total_tokens FROM daily_usage")).toEqual([
      { machine: name, total_tokens: 100 },
    ]);
  },
);

test.for([" ", " x", "x".repeat(101), "a\u001B[31mb", "a\nb"])(
  "a machine cannot be called %j, which is a sentence",
  async (name) => {
    const home = newHome();
    const { exitCode, stderr } = await home.run(["fetch", "--offline", "--machine", name]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^\[error\] A machine's name has 1 to 100 [^\n]+\.$/);
    expect(existsSync(home.db)).toBe(false);
  },
);
