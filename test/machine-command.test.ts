import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import stringWidth from "fast-string-width";
import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

const at = "2026-11-02T09:00:00Z";

/** The name that a machine has in its configuration, not in the environment. */
const kept = { CCBOOKS_MACHINE: "" };

const machineFile = (home: Home): string => join(home.folder, "config", "machine.json");

const keptName = (home: Home): unknown => JSON.parse(readFileSync(machineFile(home), "utf8")).name;

interface Listed {
  label: string;
  name: string;
  uid: string;
  timezone: string;
  calls: number;
  sessions: number;
  lastFetchAt: string | null;
  isThis: boolean;
}

async function machines(home: Home): Promise<Listed[]> {
  const { exitCode, stdout, stderr } = await home.run(["machine", "--json"], kept);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout).machines;
}

async function rename(home: Home, ...typed: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await home.run(["machine", "rename", ...typed], kept);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: "" });
  return stderr;
}

async function refusal(home: Home, ...typed: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await home.run(["machine", ...typed], kept);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  return stderr.replace("[error] ", "");
}

/** Books of a laptop, which is this machine, and a desktop. */
async function twoMachines(): Promise<Home> {
  const home = newHome();
  const other = newHome();
  say(home.claude, "-app", "one", { id: "a", at }, { id: "b", at });
  say(home.claude, "-app", "two", { id: "c", at });
  say(other.claude, "-app", "three", { id: "d", at });
  await home.fetch("--machine", "laptop");
  const there = { CLAUDE_CONFIG_DIR: other.claude };
  await home.run(["fetch", "--offline", "--machine", "desktop"], there);
  return home;
}

test("the machines in the books, what they have, when they fetched, and which one this is", async () => {
  const home = await twoMachines();
  const found = await machines(home);
  expect(found).toEqual([
    {
      label: "desktop",
      name: "desktop",
      uid: expect.stringMatching(/^[0-9a-f]{16}$/),
      timezone: "UTC",
      calls: 1,
      sessions: 1,
      lastFetchAt: expect.stringMatching(/^\d{4}-.*Z$/),
      isThis: false,
    },
    {
      label: "laptop",
      name: "laptop",
      uid: expect.stringMatching(/^[0-9a-f]{16}$/),
      timezone: "UTC",
      calls: 3,
      sessions: 2,
      lastFetchAt: expect.stringMatching(/^\d{4}-.*Z$/),
      isThis: true,
    },
  ]);
  const today = new Date().toISOString().slice(0, 10);
  const { stdout } = await home.run(["machine"], kept);
  expect(stdout.split("\n")).toEqual([
    "    Machine  Id                Zone  Calls kept  Sessions  Fetched",
    `    desktop  ${found[0]?.uid}  UTC            1         1  ${today}`,
    `  * laptop   ${found[1]?.uid}  UTC            3         2  ${today}`,
    "",
    "* this machine",
  ]);
});

test("a fetch that failed is not the last one of a machine", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at });
  await home.run(["fetch", "--offline", "--ccusage", "/nowhere/ccusage"]);
  expect(await machines(home)).toMatchObject([{ calls: 1, lastFetchAt: null, isThis: true }]);
  expect((await home.run(["machine"], kept)).stdout).toMatch(/ never$/m);
});

test("this machine gets another name in the books and in its configuration", async () => {
  const home = await twoMachines();
  const before = await machines(home);
  expect(await rename(home, "laptop", "notebook")).toBe("laptop is now called notebook.");
  expect(keptName(home)).toBe("notebook");
  const after = await machines(home);
  expect(after).toEqual([before[0], { ...before[1], label: "notebook", name: "notebook" }]);
  for (const table of ["daily_usage", "model_breakdown", "project_usage", "session_usage"]) {
    expect(home.query(`SELECT DISTINCT machine FROM ${table} ORDER BY 1`), table).toEqual([
      { machine: "desktop" },
      { machine: "notebook" },
    ]);
  }
  // The next fetch is by the same machine, and counts nothing twice.
  const dump = home.dump();
  expect((await home.run(["fetch", "--offline", "--quiet"], kept)).exitCode).toBe(0);
  expect(home.dump()).toBe(dump);
  expect(await machines(home)).toHaveLength(2);
});

test("another machine gets another name, and this one's configuration stays", async () => {
  const home = await twoMachines();
  expect(await rename(home, "desktop", "tower")).toBe("desktop is now called tower.");
  expect(keptName(home)).toBe("laptop");
  expect((await machines(home)).map(({ label }) => label)).toEqual(["laptop", "tower"]);
});

test("two machines of one name are told apart by a part of their ids, until one is renamed", async () => {
  const home = await twoMachines();
  const [desktop, laptop] = await machines(home);
  const labels = {
    desktop: `laptop-${desktop?.uid.slice(0, 4)}`,
    laptop: `laptop-${laptop?.uid.slice(0, 4)}`,
  };
  expect(await rename(home, "desktop", "laptop")).toBe(
    `desktop is now called laptop, as another machine is; the tables show it as ${labels.desktop}, and the other as ${labels.laptop}.`,
  );
  const alike = await machines(home);
  expect(new Map(alike.map(({ uid, label }) => [uid, label]))).toEqual(
    new Map([
      [desktop?.uid, labels.desktop],
      [laptop?.uid, labels.laptop],
    ]),
  );
  const named = Object.values(labels).toSorted().join(", ");
  expect(await refusal(home, "rename", "laptop", "tower")).toBe(
    `2 machines are called "laptop"; give one of ${named}.`,
  );
  await rename(home, labels.desktop, "tower");
  expect((await machines(home)).map(({ label }) => label)).toEqual(["laptop", "tower"]);
});

test("a machine is also found by its id", async () => {
  const home = await twoMachines();
  const [desktop] = await machines(home);
  expect(await rename(home, desktop?.uid ?? "", "tower")).toBe("desktop is now called tower.");
});

test("a machine that is called so already stays as it is", async () => {
  const home = await twoMachines();
  const before = home.query("SELECT * FROM machine");
  expect(await rename(home, "laptop", "laptop")).toBe("The machine is called laptop already.");
  expect(home.query("SELECT * FROM machine")).toEqual(before);
});

test("a machine that the books do not know is refused with those they know", async () => {
  const home = await twoMachines();
  expect(await refusal(home, "rename", "phone", "tablet")).toBe(
    'The books know no machine "phone"; give one of desktop, laptop.',
  );
  const alone = newHome();
  say(alone.claude, "-app", "one", { id: "a", at });
  await alone.fetch();
  expect(await refusal(alone, "rename", "phone", "tablet")).toBe(
    'The books know no machine "phone"; there is only test-machine.',
  );
});

test.for(["", " laptop", "laptop ", "x".repeat(101)])(
  "no machine can be called %j",
  async (name) => {
    const home = await twoMachines();
    const before = home.dump();
    expect(await refusal(home, "rename", "laptop", name)).toContain(
      "A machine's name has 1 to 100 characters and no space at its ends",
    );
    expect(home.dump()).toBe(before);
    expect(keptName(home)).toBe("laptop");
  },
);

test("a name that another machine is shown by leaves each machine a name of its own", async () => {
  const home = await twoMachines();
  const [desktop] = await machines(home);
  await rename(home, "desktop", "laptop");
  const label = `laptop-${desktop?.uid.slice(0, 4)}`;
  const third = newHome();
  say(third.claude, "-app", "four", { id: "e", at });
  const there = { CLAUDE_CONFIG_DIR: third.claude };
  await home.run(["fetch", "--offline", "--machine", "third"], there);
  await rename(home, "third", label);
  const labels = (await machines(home)).map((machine) => machine.label);
  expect(labels).toContain(label);
  expect(new Set(labels).size).toBe(3);
});

// Root may write everywhere.
const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)("where the configuration cannot be written, the books stay too", async () => {
  const home = await twoMachines();
  const before = home.dump();
  chmodSync(join(home.folder, "config"), 0o500);
  expect(await refusal(home, "rename", "laptop", "notebook")).toContain("Cannot remember");
  chmodSync(join(home.folder, "config"), 0o700);
  expect(home.dump()).toBe(before);
});

test("a name in the environment that no longer fits is warned of", async () => {
  const home = await twoMachines();
  const { exitCode, stderr } = await home.run(["machine", "rename", "laptop", "notebook"], {
    CCBOOKS_MACHINE: "laptop",
  });
  expect(exitCode).toBe(0);
  expect(stderr).toBe(
    'laptop is now called notebook.\n[warn] CCBOOKS_MACHINE is "laptop", and a fetch goes by that; set it to notebook, or unset it.',
  );
});

test("--json says what the machine is called now, and what it was", async () => {
  const home = await twoMachines();
  const [desktop, laptop] = await machines(home);
  const typed = ["machine", "rename", "desktop", "laptop", "--json"];
  const { exitCode, stdout, stderr } = await home.run(typed, kept);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({
    status: "ok",
    machine: {
      label: `laptop-${desktop?.uid.slice(0, 4)}`,
      name: "laptop",
      uid: desktop?.uid,
      timezone: "UTC",
      isThis: false,
    },
    labelBefore: "desktop",
    namesakes: [`laptop-${laptop?.uid.slice(0, 4)}`],
    warnings: [],
  });
});

test("a name with signs that cannot be seen is refused", async () => {
  const home = await twoMachines();
  const before = home.dump();
  expect(await refusal(home, "rename", "laptop", "\u001B[31mred\u001B[0m")).toContain(
    "characters that can be seen",
  );
  expect(home.dump()).toBe(before);
});

test.for(["__proto__", "constructor", "漢字".repeat(40), "../..", "%s"])(
  "a machine called %j is listed and renamed like any other",
  async (name) => {
    const home = await twoMachines();
    const said = await rename(home, "laptop", name);
    const { stdout } = await home.run(["machine"], kept);
    for (const text of [said, stdout.replaceAll("\n", "")]) {
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }
    for (const line of stdout.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect((await machines(home)).map((machine) => machine.name).toSorted()).toEqual(
      ["desktop", name].toSorted(),
    );
    await rename(home, name, "laptop");
    expect((await machines(home)).map(({ label }) => label)).toEqual(["desktop", "laptop"]);
  },
);

test("books without a fetch know this machine and nothing of it", async () => {
  const home = newHome();
  await home.fetch();
  expect(await machines(home)).toMatchObject([{ calls: 0, sessions: 0, isThis: true }]);
});

test("without books there is a sentence and no file", async () => {
  const home = newHome();
  const sentence = `There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`;
  expect(await refusal(home)).toBe(sentence);
  expect(await refusal(home, "rename", "a", "b")).toBe(sentence);
  expect(existsSync(home.db)).toBe(false);
  expect(existsSync(machineFile(home))).toBe(false);
});

test.for<[typed: string[], says: string]>([
  [
    ["renmae", "a", "b"],
    'Unexpected argument "renmae"; did you mean `ccbooks machine rename OLD NEW`?',
  ],
  [["delete"], 'Unexpected argument "delete"; give none, or `ccbooks machine rename OLD NEW`.'],
  [["rename"], "Missing the old name and the new one: `ccbooks machine rename OLD NEW`."],
  [["rename", "a"], "Missing the new name: `ccbooks machine rename OLD NEW`."],
  [
    ["rename", "a", "b", "c"],
    'Unexpected argument "c". `ccbooks machine --help` shows what it takes.',
  ],
])("`ccbooks machine %s` is wrong usage and says what is meant", async ([typed, says]) => {
  const { exitCode, stdout, stderr } = await newHome().run(["machine", ...typed]);
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `[error] ${says}`,
  });
});
