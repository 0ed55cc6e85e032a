import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

/** Late in the evening in Berlin, already the next day in Tokyo, still the same in New York. */
const evening = { id: "a", at: "2026-11-02T21:30:00Z" };

const machineFile = (home: Home): string => join(home.folder, "config", "machine.json");

test("the time zone is fixed at the first fetch: neither TZ nor travel moves a token", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  expect(home.query("SELECT date FROM daily_usage")).toEqual([{ date: "2026-11-02" }]);
  const before = home.dump();

  const { exitCode } = await home.run(["fetch", "--offline"], { TZ: "Asia/Tokyo" });
  expect(exitCode).toBe(0);
  expect(home.dump()).toBe(before);
});

test.for([":/etc/localtime", "Nowhere/Land", ""])(
  "TZ=%s names no time zone, and nothing is kept of it",
  async (TZ) => {
    const home = newHome();
    say(home.claude, "-app", "one", evening);
    const { exitCode, stderr } = await home.run(["fetch", "--offline"], { TZ });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`TZ is "${TZ}", which names no time zone; set it to a name`);
    expect(existsSync(machineFile(home))).toBe(false);
    const named = ["fetch", "--offline", "--timezone", "Europe/Berlin"];
    expect((await home.run(named, { TZ })).exitCode).toBe(0);
    expect((await home.run(["stats"], { TZ })).exitCode).toBe(0);
  },
);

test("asking for another time zone is refused with the one to give", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  const { exitCode, stderr } = await home.run(["fetch", "--offline", "--timezone", "Asia/Tokyo"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("--timezone Europe/Berlin");
  expect((await home.run(["fetch", "--offline", "--timezone", "Europe/Berlin"])).exitCode).toBe(0);
});

test("books that know the machine in another zone refuse it even if the machine forgot", async () => {
  const home = newHome({ timezone: "Europe/Berlin" });
  say(home.claude, "-app", "one", evening);
  await home.fetch();
  const before = home.dump();
  const { exitCode, stderr } = await home.run(["fetch", "--offline"], {
    TZ: "Asia/Tokyo",
    CCBOOKS_CONFIG_DIR: join(home.folder, "empty"),
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("fetch with --timezone Europe/Berlin");
  expect(home.dump()).toBe(before);
  expect(home.query("SELECT error FROM import_run WHERE status = 'failed'")).toHaveLength(1);
});

test("a zone that does not exist is a sentence", async () => {
  const { exitCode, stderr } = await newHome().run([
    "fetch",
    "--offline",
    "--timezone",
    "Mars/Base",
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('"Mars/Base" is not a time zone');
});

test("the machine's name is kept from the first fetch and can be overridden for a run", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", evening);
  await home.fetch("--machine", "laptop");
  expect(JSON.parse(readFileSync(machineFile(home), "utf8"))).toEqual({
    name: "laptop",
    timezone: "UTC",
  });
  const { stdout } = await home.run(["fetch", "--offline", "--json"], { CCBOOKS_MACHINE: "" });
  expect(JSON.parse(stdout).run.machine).toBe("laptop");
  const desktop = await home.fetch("--machine", "desktop");
  expect(desktop.run.machine).toBe("desktop");
  expect(desktop.warnings.join()).toContain("as those of the machine laptop and now count twice");
  expect((await home.fetch("--machine", "desktop")).warnings).toEqual([]);
  expect(JSON.parse(readFileSync(machineFile(home), "utf8")).name).toBe("laptop");
});

test("a changed host name does not count the same transcripts twice", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", evening);
  await home.fetch("--machine", "old-name");
  const before = home.dump();
  const forgotten = { CCBOOKS_MACHINE: "", CCBOOKS_CONFIG_DIR: join(home.folder, "empty") };
  const refused = await home.run(["fetch", "--offline"], forgotten);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain("fetch with --machine old-name");
  expect(home.dump()).toBe(before);

  // The next step that was named, and then it is remembered.
  await home.run(["fetch", "--offline", "--machine", "old-name"], forgotten);
  expect((await home.run(["fetch", "--offline", "--quiet"], forgotten)).stderr).toBe("");
  expect(home.dump()).toBe(before);
});

test("two machines in one file add up and leave each other alone", async () => {
  const home = newHome();
  const other = newHome();
  say(home.claude, "-app", "one", { ...evening, input: 7, output: 0 });
  say(other.claude, "-app", "one", { ...evening, id: "b", input: 30, output: 0 });
  await home.fetch("--machine", "laptop");
  const there = { CLAUDE_CONFIG_DIR: other.claude };
  await home.run(["fetch", "--offline", "--machine", "desktop"], there);
  await home.fetch("--machine", "laptop");
  expect(home.query("SELECT machine, total_tokens FROM daily_usage ORDER BY machine")).toEqual([
    { machine: "desktop", total_tokens: 30 },
    { machine: "laptop", total_tokens: 7 },
  ]);
  expect(home.query("SELECT total_tokens FROM daily_cost")).toEqual([{ total_tokens: 37 }]);
});

test.for(["", "{}", "not json", '{"name":"x","timezone":5}'])(
  "a machine file that holds %j is a sentence, not a new machine",
  async (text) => {
    const home = newHome();
    mkdirSync(dirname(machineFile(home)), { recursive: true });
    writeFileSync(machineFile(home), text);
    const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(machineFile(home));
  },
);
