import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { describe, expect, test } from "vitest";

import { gapsIn } from "../src/schedule/gaps.ts";
import type { KeptJob } from "../src/schedule/kept.ts";
import { INTERVALS, nextDue } from "../src/schedule/schedule.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

/** A folder's name with everything in it that a scheduler may read as a sign of its own. */
const ODD = `it's 100% "mine" & <yours> $HOME`;

/** A home whose configuration and program are in such folders, and whose schedulers are stand-ins. */
function oddHome(): Home & { program: string; says: (name: string) => string } {
  const home = newHome();
  const odd = join(home.folder, ODD);
  mkdirSync(odd);
  symlinkSync(join(root, "dist"), join(odd, "dist"));
  home.env["CCBOOKS_CONFIG_DIR"] = join(odd, "config");
  const bin = join(home.folder, "bin");
  mkdirSync(bin);
  const state = (name: string): string => join(home.folder, `${name}.state`);
  const stand = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\nstate='${state(name)}'\n${script}\n`, {
      mode: 0o755,
    });
  };
  stand(
    "systemctl",
    `case "$2" in
       enable) echo "$4" >"$state" ;;
       disable) rm -f "$state" ;;
       is-enabled) test -f "$state" ;;
     esac`,
  );
  stand(
    "launchctl",
    `case "$1" in
       bootstrap) echo "$3" >"$state" ;;
       bootout) rm "$state" 2>/dev/null ;;
       print) test -f "$state" ;;
     esac`,
  );
  stand(
    "schtasks",
    `case "$1" in
       /Create) cat "$5" >"$state" ;;
       /Delete) rm "$state" 2>/dev/null ;;
       /Query) test -f "$state" ;;
     esac`,
  );
  stand(
    "crontab",
    `case "$1" in
       -l) cat "$state" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; } ;;
       -r) rm "$state" 2>/dev/null ;;
       -) cat >"$state" ;;
     esac`,
  );
  home.env["PATH"] = `${bin}:${home.env["PATH"] ?? ""}`;
  return {
    ...home,
    program: join(odd, "dist", "ccbooks.js"),
    says: (name) => (existsSync(state(name)) ? readFileSync(state(name), "utf8") : ""),
  };
}

async function schedule(home: Home & { program: string }, ...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [home.program, "schedule", ...args],
    { env: home.env, extendEnv: false, reject: false, stdin: "ignore" },
  );
  return { exitCode, stdout, stderr };
}

/** What is written for a scheduler, by the end of its path. */
async function printed(home: Home & { program: string }, ...flags: string[]): Promise<string[]> {
  const { stdout, exitCode } = await schedule(home, "install", "--print", ...flags);
  expect(exitCode).toBe(0);
  return stdout.split(/^# (?:\/|\\|crontab).*\n/m).slice(1);
}

/** Changes the books by hand. */
function change(home: Home, sql: string): void {
  const books = new Database(home.db);
  books.exec(sql);
  books.close();
}

const files = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];

describe.for([
  ["systemd", "systemctl", "systemd"],
  ["launchd", "launchctl", "launchd"],
  ["task", "schtasks", "Task Scheduler"],
  ["cron", "crontab", "cron"],
] as const)("%s", ([name, program, title]) => {
  test("is told once, told otherwise, and forgets without a trace", async () => {
    const home = oddHome();
    const before = new Set(files(home.folder));
    const { stderr, exitCode } = await schedule(home, "install", "--scheduler", name);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${title} fetches every 15 minutes from now on;`);
    const told = home.says(program);
    expect(told).not.toBe("");
    const again = await schedule(home, "install", "--scheduler", name);
    expect(again.stderr).toBe(`${title} fetches every 15 minutes already; nothing was changed.`);
    expect(home.says(program)).toBe(told);
    const other = await schedule(home, "install", "--scheduler", name, "--at", "7:15");
    expect(other.stderr).toContain(`${title} fetches every day at 07:15 from now on;`);
    expect((await schedule(home, "remove")).stderr).toBe(`${title} fetches no longer.`);
    expect(home.says(program)).toBe("");
    const left = files(home.folder).filter(
      (path) => !before.has(path) && /ccbooks|schedule/.test(path) && !path.includes("cache"),
    );
    expect(left).toEqual([]);
    expect((await schedule(home, "remove")).stderr).toBe("Nothing was installed.");
  });

  test("is shown what it would be told, and nothing is touched", async () => {
    const home = oddHome();
    const [unit = ""] = await printed(home, "--scheduler", name);
    expect(unit).toContain("schedule");
    expect(home.says(program)).toBe("");
    expect(existsSync(home.env["CCBOOKS_CONFIG_DIR"] ?? "")).toBe(false);
  });
});

test("another scheduler takes the place of the one before", async () => {
  const home = oddHome();
  await schedule(home, "install", "--scheduler", "cron");
  await schedule(home, "install", "--scheduler", "systemd");
  expect([home.says("crontab"), home.says("systemctl")]).toEqual(["", "ccbooks-fetch.timer\n"]);
});

test("cron's other lines stay as they are", async () => {
  const home = oddHome();
  const state = join(home.folder, "crontab.state");
  const before = "# mine\nMAILTO=me\n5 4 * * * backup\n";
  writeFileSync(state, before);
  await schedule(home, "install", "--scheduler", "cron", "--every", "2h");
  const lines = readFileSync(state, "utf8").split("\n");
  expect(lines.slice(0, 3)).toEqual(before.trimEnd().split("\n"));
  expect(lines[3]).toMatch(/^0 \*\/2 \* \* \* .* # ccbooks fetch$/);
  await schedule(home, "remove");
  expect(readFileSync(state, "utf8")).toBe(before);
});

test("a crontab that cannot be read stays as it is", async () => {
  const home = oddHome();
  const state = join(home.folder, "crontab.state");
  writeFileSync(state, "0 1 * * * backup\n");
  const broken = join(home.folder, "bin", "crontab");
  const whole = readFileSync(broken, "utf8");
  writeFileSync(broken, "#!/bin/sh\necho 'temporary failure' >&2\nexit 1\n");
  const { exitCode, stderr } = await schedule(home, "install", "--scheduler", "cron");
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    "The crontab cannot be read (temporary failure), and was left as it is;",
  );
  expect((await schedule(home)).stdout).toContain("No scheduler fetches;");
  writeFileSync(broken, whole);
  expect(readFileSync(state, "utf8")).toBe("0 1 * * * backup\n");
});

test("bytes of a crontab that are no UTF-8 stay as they are", async () => {
  const home = oddHome();
  const state = join(home.folder, "crontab.state");
  const before = Buffer.from("# caf\xe9\n5 4 * * * caf\xc3\xa9\n", "latin1");
  writeFileSync(state, before);
  await schedule(home, "install", "--scheduler", "cron");
  expect(readFileSync(state).subarray(0, before.length)).toEqual(before);
  await schedule(home, "remove");
  expect(readFileSync(state)).toEqual(before);
});

test("a job of which what is kept is broken can be installed anew, and removed", async () => {
  const home = oddHome();
  await schedule(home, "install", "--scheduler", "cron");
  await home.fetch();
  const job = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule.json");
  writeFileSync(job, "{");
  expect((await schedule(home)).stderr).toContain("run `ccbooks schedule install` again.");
  expect((await home.run(["runs"])).exitCode).toBe(0);
  expect((await schedule(home, "install", "--scheduler", "cron")).exitCode).toBe(0);
  expect((await schedule(home)).exitCode).toBe(0);
  writeFileSync(job, "{");
  expect((await schedule(home, "remove")).stderr).toBe("cron fetches no longer.");
  expect(home.says("crontab")).toBe("");
});

test("a job of other books is looked at in those", async () => {
  const home = oddHome();
  const other = join(home.folder, "other.db");
  await schedule(home, "install", "--scheduler", "cron", "--db", other);
  await home.fetch();
  expect((await schedule(home)).stdout).toContain("Nothing has been fetched here so far.");
  expect((await home.run(["doctor"])).stdout.replaceAll(/\s+/g, " ")).toContain(
    `What is scheduled fetches into other books: ${other}.`,
  );
});

test("pulls and fetches are two jobs, each by itself", async () => {
  const home = oddHome();
  await schedule(home, "install", "--scheduler", "cron");
  const pulls = ["--source", "anthropic"];
  const { stderr } = await schedule(
    home,
    "install",
    ...pulls,
    "--scheduler",
    "cron",
    "--at",
    "6:30",
  );
  expect(stderr).toContain("cron pulls Anthropic's reports every day at 06:30 from now on;");
  const lines = home.says("crontab").trimEnd().split("\n");
  expect(lines.map((line) => line.slice(line.indexOf("# ccbooks")))).toEqual([
    "# ccbooks fetch",
    "# ccbooks pull",
  ]);
  // It has no key here, which is what it says.
  const job = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule-pull.json");
  writeFileSync(job, JSON.stringify({ ...JSON.parse(readFileSync(job, "utf8")), pauseSeconds: 0 }));
  const run = await schedule(home, "run", "--job", job);
  expect(run.stderr).toContain("There is no ANTHROPIC_ADMIN_API_KEY in the environment;");
  expect(run.stderr).toContain(
    "The scheduled pull failed 3 times; `ccbooks pull anthropic` shows why.",
  );
  expect((await schedule(home, ...pulls)).stdout).toMatch(
    /^cron pulls Anthropic's reports every day at 06:30; the next is due at .* 06:30\./,
  );
  await schedule(home, "remove", ...pulls);
  expect(home.says("crontab")).toContain("# ccbooks fetch");
  expect(home.says("crontab")).not.toContain("# ccbooks pull");
  await schedule(home, "install", ...pulls, "--scheduler", "systemd");
  expect((await schedule(home, "remove")).stderr).toBe(
    "cron fetches no longer.\nsystemd pulls Anthropic's reports no longer.",
  );
});

test("a service whose file is gone is said, and written again", async () => {
  const home = oddHome();
  await schedule(home, "install", "--scheduler", "systemd");
  const unit = join(home.folder, "xdg-config", "systemd", "user", "ccbooks-fetch.service");
  rmSync(unit);
  expect((await schedule(home)).stderr).toContain("systemd has no job of ccbooks any more;");
  await schedule(home, "install", "--scheduler", "systemd");
  expect(existsSync(unit)).toBe(true);
});

test("cron's line fetches in an empty environment, wherever the program is", async () => {
  const home = oddHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  await schedule(home, "install", "--scheduler", "cron");
  const line = home.says("crontab").trimEnd();
  // cron takes what is behind the times, and a backslash from before each %.
  const command = line
    .split(" ")
    .slice(5)
    .join(" ")
    .replaceAll(String.raw`\%`, "%");
  expect(line.replaceAll(String.raw`\%`, "")).not.toContain("%");
  const { exitCode, stdout, stderr } = await execa("/bin/sh", ["-c", command], {
    ...{ env: {}, extendEnv: false, reject: false, stdin: "ignore", cwd: "/" },
  });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(home.query("SELECT COUNT(*) AS days FROM daily_usage")).toEqual([{ days: 1 }]);
});

const has = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;

test.skipIf(!has("systemd-analyze")).for<[string, string]>([
  ["15m", "*-*-* *:00/15:00"],
  ["hour", "*-*-* *:00:00"],
  ["6h", "*-*-* 00/6:00:00"],
  ["day", "*-*-* 07:15:00"],
])("systemd takes the units of a fetch every %s", async ([every, calendar]) => {
  const home = oddHome();
  const [service = "", timer = ""] = await printed(home, "--scheduler=systemd", "--every", every);
  expect(timer).toContain(`OnCalendar=${calendar}\n`);
  const units = { "ccbooks-fetch.service": service, "ccbooks-fetch.timer": timer };
  const paths = Object.entries(units).map(([name, text]) => {
    writeFileSync(join(home.folder, name), text);
    return join(home.folder, name);
  });
  const verified = await execa("systemd-analyze", ["verify", "--user", "--man=no", ...paths], {
    ...{ env: { XDG_RUNTIME_DIR: home.folder }, reject: false },
  });
  expect({ exitCode: verified.exitCode, stderr: verified.stderr }).toEqual({
    exitCode: 0,
    stderr: "",
  });
  // As its manual has it: quotes, \\ and \" as in C, %% and $$ for single ones.
  const words = [
    ...(/^ExecStart=(.*)$/m.exec(service)?.[1] ?? "").matchAll(/"((?:\\.|[^"\\])*)"/g),
  ];
  expect(
    words.map(([, word = ""]) =>
      word.replaceAll(/\\(.)/g, "$1").replaceAll("%%", "%").replaceAll("$$", "$"),
    ),
  ).toEqual([
    ...[process.execPath, home.program, "schedule", "run", "--job"],
    join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule.json"),
  ]);
});

test("systemd keeps the server running, told once and forgotten without a trace", async () => {
  const home = oddHome();
  const { exitCode, stderr } = await schedule(home, "install", "--serve", "--port", "8051");
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^systemd keeps `ccbooks serve` running at http:\/\/127\.0\.0\.1:8051 \(/);
  const path = join(home.env["XDG_CONFIG_HOME"] ?? "", "systemd", "user", "ccbooks-serve.service");
  const text = readFileSync(path, "utf8");
  expect(text).toContain('"serve" "--quiet" "--port" "8051"');
  expect(text).toContain("Restart=on-failure");
  if (has("systemd-analyze")) {
    const copy = join(home.folder, "ccbooks-serve.service");
    writeFileSync(copy, text);
    const verified = await execa("systemd-analyze", ["verify", "--user", "--man=no", copy], {
      ...{ env: { XDG_RUNTIME_DIR: home.folder }, reject: false },
    });
    expect({ exitCode: verified.exitCode, stderr: verified.stderr }).toEqual({
      exitCode: 0,
      stderr: "",
    });
  }
  expect((await schedule(home, "remove")).stderr).toBe(
    "systemd keeps `ccbooks serve` running no longer.",
  );
  expect(existsSync(path)).toBe(false);
  const wrong = await schedule(home, "install", "--serve", "--every", "1h");
  expect(wrong).toMatchObject({ exitCode: 2 });
});

test.skipIf(!has("xmllint")).for(["15m", "day"])(
  "the XML for macOS and Windows is what they take, of a fetch every %s",
  async (every) => {
    const home = oddHome();
    const check = async (name: string, text: string, ...flags: string[]): Promise<void> => {
      const path = join(home.folder, name);
      writeFileSync(path, text);
      const { exitCode, stderr } = await execa("xmllint", ["--nonet", "--noout", ...flags, path], {
        reject: false,
      });
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    };
    const schemas = join(root, "test", "support", "schemas");
    const [plist = ""] = await printed(home, "--scheduler", "launchd", "--every", every);
    await check(
      "a.plist",
      plist.replace(/<!DOCTYPE.*>\n/, ""),
      "--dtdvalid",
      join(schemas, "plist.dtd"),
    );
    const [task = ""] = await printed(home, "--scheduler", "task", "--every", every);
    // On its way to schtasks it is UTF-16.
    await check("a.xml", task.replace("UTF-16", "UTF-8"), "--schema", join(schemas, "task.xsd"));
    const read = async (name: string, path: string): Promise<string> => {
      const { stdout } = await execa("xmllint", ["--xpath", path, join(home.folder, name)]);
      return stdout;
    };
    expect(await read("a.plist", "string(//array/string[2])")).toBe(home.program);
    const escaped = home.program.replaceAll('"', '\\"');
    expect(await read("a.xml", "string(//*[local-name()='Arguments'])")).toContain(
      `"${escaped}" schedule run --job "`,
    );
  },
);

test("Task Scheduler is handed UTF-16 with its mark", async () => {
  const home = oddHome();
  await schedule(home, "install", "--scheduler", "task");
  const bytes = readFileSync(join(home.folder, "schtasks.state"));
  expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xfe]);
  expect(bytes.toString("utf16le")).toContain('<?xml version="1.0" encoding="UTF-16"?>');
});

describe("the job", () => {
  /** A job that is installed, and tries again at once. */
  async function installed(): Promise<ReturnType<typeof oddHome> & { job: string }> {
    const home = oddHome();
    await schedule(home, "install", "--scheduler", "cron");
    const job = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule.json");
    changeJob(job, { pauseSeconds: 0 });
    return { ...home, job };
  }

  function changeJob(job: string, what: Partial<KeptJob>): void {
    writeFileSync(job, JSON.stringify({ ...JSON.parse(readFileSync(job, "utf8")), ...what }));
  }

  const run = async (home: { program: string; job: string }, ...flags: string[]) =>
    execa(process.execPath, [home.program, "schedule", "run", "--job", home.job, ...flags], {
      ...{ env: {}, extendEnv: false, reject: false, stdin: "ignore" },
    });

  test("tries three times, says why, and notes it", async () => {
    const home = await installed();
    say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
    const { environment } = JSON.parse(readFileSync(home.job, "utf8"));
    const missing = join(home.folder, "no-ccusage");
    changeJob(home.job, { environment: { ...environment, CCBOOKS_CCUSAGE: missing } });
    const log = join(home.folder, "a.log");
    const { exitCode, stderr } = await run(home, "--log", log);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("The scheduled fetch failed 3 times; `ccbooks fetch` shows why.");
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT.*Z \[error\] .*no-ccusage/);
    expect(home.query("SELECT status, fetches FROM import_run")).toEqual([
      { status: "failed", fetches: 3 },
    ]);
    changeJob(home.job, { environment });
    expect((await run(home)).exitCode).toBe(0);
  });

  test("never runs twice at once, and takes over what a kill left", async () => {
    const home = await installed();
    const lock = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule.lock");
    writeFileSync(lock, `${process.pid}\n`);
    const { exitCode, stderr } = await run(home);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Another scheduled fetch is at work; this one was left out.");
    expect(existsSync(home.db)).toBe(false);
    const old = Date.now() / 1000 - 13 * 60;
    utimesSync(lock, old, old);
    await run(home);
    expect(existsSync(home.db)).toBe(true);
    expect(existsSync(lock)).toBe(false);
    rmSync(home.db);
    writeFileSync(lock, "999999999\n");
    await run(home);
    expect(existsSync(home.db)).toBe(true);
  });

  test("has the secrets of a file that is the user's alone", async () => {
    const home = await installed();
    const told = join(home.folder, "told");
    const config = home.env["CCBOOKS_CONFIG_DIR"] ?? "";
    const tell = { type: "command", command: ["/bin/sh", "-c", `echo "$TOKEN" >'${told}'`] };
    writeFileSync(join(config, "settings.json"), JSON.stringify({ channels: { tell } }));
    const secrets = join(config, "environment");
    writeFileSync(secrets, "TOKEN=s3cret\n", { mode: 0o644 });
    await run(home);
    await home.run(["budget", "set", "day", "--amount", "0.001"]);
    say(home.claude, "-app", "one", { id: "a", at: new Date().toISOString(), input: 1e6 });
    const { stderr } = await run(home);
    expect(stderr).toContain("can be read by others and was left alone");
    expect(readFileSync(told, "utf8")).toBe("\n");
    chmodSync(secrets, 0o600);
    await home.run(["budget", "set", "day", "--amount", "0.002"]);
    await run(home);
    expect(readFileSync(told, "utf8")).toBe("s3cret\n");
  });

  test("fetches whatever stands in the place of its files", async () => {
    const home = await installed();
    const config = home.env["CCBOOKS_CONFIG_DIR"] ?? "";
    mkdirSync(join(config, "environment"), { mode: 0o700 });
    mkdirSync(join(config, "schedule.lock"));
    const { exitCode, stderr } = await run(home, "--log", join(home.folder, "nowhere", "x.log"));
    expect(exitCode).toBe(0);
    expect(stderr).toContain("cannot be read (EISDIR) and was left alone;");
    expect(existsSync(home.db)).toBe(true);
  });

  test.for<[string, string]>([
    ["is gone", ""],
    ["is no JSON", "oops"],
    ["is another's", '{"scheduler":"anacron"}'],
  ])("that %s is a sentence", async ([, text]) => {
    const home = await installed();
    if (text === "") rmSync(home.job);
    else writeFileSync(home.job, text);
    const { exitCode, stderr } = await run(home);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("run `ccbooks schedule install` again.");
    expect(stderr.split("\n")).toHaveLength(1);
  });
});

describe("how it stands", () => {
  test("is said, and warned of where nothing runs", async () => {
    const home = oddHome();
    expect((await schedule(home)).stdout).toBe(
      "No scheduler fetches; `ccbooks schedule install` has one do so.\nNothing has been fetched here so far.",
    );
    await schedule(home, "install", "--scheduler", "systemd", "--every", "hour");
    await home.fetch();
    const { exitCode, stdout, stderr } = await schedule(home);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(
      /^systemd fetches every hour; the next is due at \d{4}-\d\d-\d\d \d\d:00\.\nThe last fetch ended well at .*\.\nWhat it says is in `journalctl --user -u ccbooks-fetch`\.$/,
    );
    const doctor = async (): Promise<string> => (await home.run(["doctor"])).stdout;
    expect(await doctor()).toMatch(/schedule +systemd fetches every hour\./);

    const job = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule.json");
    const kept = JSON.parse(readFileSync(job, "utf8"));
    writeFileSync(job, JSON.stringify({ ...kept, installedAt: "2026-01-01T00:00:00.000Z" }));
    change(
      home,
      "UPDATE import_run SET started_at = '2026-01-02T00:00:00Z', finished_at = '2026-01-02T00:00:01Z'",
    );
    const late = await schedule(home);
    expect(late.exitCode).toBe(1);
    expect(late.stderr).toMatch(
      /Nothing has been fetched for \d+ days, where a fetch is due every hour;/,
    );
    expect(await doctor()).toMatch(/schedule +Nothing has been fetched for/);

    rmSync(join(home.folder, "systemctl.state"));
    expect((await schedule(home)).stderr).toContain("systemd has no job of ccbooks any more;");
    writeFileSync(job, JSON.stringify({ ...kept, node: "/nowhere/node" }));
    expect((await schedule(home)).stderr).toContain(
      "systemd is to run /nowhere/node, which is gone;",
    );
  });

  test("names the last fetch behind any number of other runs", async () => {
    const home = oddHome();
    await home.fetch();
    change(
      home,
      `INSERT INTO import_run (uid, command, status, machine, ccbooks_version, started_at)
       WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 150)
       SELECT n, 'merge', 'ok', machine.id, '1', '2099-01-01T00:00:00Z' FROM number, machine`,
    );
    expect((await schedule(home)).stdout).toContain("The last fetch ended well at ");
  });

  test("of JSON has no environment in it", async () => {
    const home = oddHome();
    home.env["HTTPS_PROXY"] = "http://me:s3cret@proxy";
    await schedule(home, "install", "--scheduler", "cron");
    const { stdout } = await schedule(home, "--json");
    expect(stdout).not.toContain("s3cret");
    expect(JSON.parse(stdout)).toMatchObject({
      job: { scheduler: "cron", everyMinutes: 15, at: null },
      hasHook: false,
      problem: null,
    });
  });

  test("`runs` says when nothing was fetched, though it was due", async () => {
    const home = oddHome();
    await schedule(home, "install", "--scheduler", "cron");
    await home.fetch();
    say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
    await home.fetch();
    const job = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "schedule.json");
    const kept = JSON.parse(readFileSync(job, "utf8"));
    writeFileSync(job, JSON.stringify({ ...kept, installedAt: "2026-11-01T00:00:00.000Z" }));
    change(
      home,
      "UPDATE import_run SET started_at = '2026-11-02T09:00:00Z', finished_at = '2026-11-02T09:00:01Z' WHERE id = 1; UPDATE import_run SET started_at = '2026-11-02T15:00:01Z' WHERE id = 2",
    );
    const { stdout } = await home.run(["runs"]);
    expect(stdout).toContain(
      "No fetch, where one is due every 15 minutes:\n  2026-11-02 09:00 to 2026-11-02 15:00: 6 h 00 min",
    );
    expect(JSON.parse((await home.run(["runs", "--json"])).stdout).gaps).toHaveLength(1);
  });
});

test("Claude Code fetches when a session ends, beside its other hooks", async () => {
  const home = oddHome();
  const file = join(home.claude, "settings.json");
  const before = { hooks: { SessionEnd: [{ hooks: [{ type: "command", command: "bye" }] }] } };
  writeFileSync(file, JSON.stringify(before));
  await schedule(home, "install", "--hook");
  const { hooks } = JSON.parse(readFileSync(file, "utf8"));
  expect(hooks.SessionEnd).toHaveLength(2);
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  await execa("/bin/sh", ["-c", hooks.SessionEnd[1].hooks[0].command], {
    ...{ env: { ...home.env, PATH: "" }, extendEnv: false, stdin: "ignore" },
  });
  expect(home.query("SELECT COUNT(*) AS days FROM daily_usage")).toEqual([{ days: 1 }]);
  expect((await schedule(home)).stdout).toContain(
    "Claude Code fetches at the end of each session.",
  );
  expect((await schedule(home, "remove")).stderr).toContain('- "hooks":');
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(before);
});

test("the next fetch is the first time that the schedule names", () => {
  const at = Date.parse("2026-11-20T10:07:30");
  const next = (everyMinutes: number, time: string | null = null): string =>
    new Date(nextDue({ everyMinutes, at: time }, at)).toTimeString().slice(0, 5);
  expect(INTERVALS.map((minutes) => next(minutes, minutes === 1440 ? "07:15" : null))).toEqual([
    ...["10:10", "10:10", "10:15", "10:20", "10:30", "11:00"],
    ...["12:00", "12:00", "12:00", "12:00", "16:00", "12:00", "07:15"],
  ]);
  expect(nextDue({ everyMinutes: 1440, at: "07:15" }, at) - at).toBeLessThan(86_400_000);
});

test("only times since it was installed, and longer than one fetch left out, are gaps", () => {
  const runs = [
    { startedAt: "2026-11-20T12:00:00Z", finishedAt: "2026-11-20T12:00:01Z" },
    { startedAt: "2026-11-20T11:50:00Z", finishedAt: "2026-11-20T11:50:01Z" },
    { startedAt: "2026-11-20T10:00:00Z", finishedAt: "2026-11-20T10:00:01Z" },
    { startedAt: "2026-11-10T10:00:00Z", finishedAt: "2026-11-10T10:00:01Z" },
  ];
  const gaps = (installedAt: string): number[] =>
    gapsIn(runs, { everyMinutes: 15, installedAt }, "2026-11-20T12:10:00Z").map(
      ({ minutes }) => minutes,
    );
  expect(gaps("2026-11-01T00:00:00Z")).toEqual([109, 14_399]);
  expect(gaps("2026-11-20T09:30:00Z")).toEqual([109]);
  expect(gaps("2026-11-20T11:30:00Z")).toEqual([]);
});

test.for<[string[], string]>([
  [["install", "--every", "7m"], "--every takes 5m, 10m, 15m,"],
  [["install", "--every", "0"], "--every takes 5m, 10m, 15m,"],
  [["install", "--at", "25:00"], "--at takes a time such as 07:15"],
  [["install", "--at", "07:15", "--every", "hour"], "--at says when a day's fetch is;"],
  [["install", "--scheduler", "anacron"], "--scheduler takes systemd, launchd, task, cron"],
  [["install", "--hook", "--every", "hour"], "--every does not go with --hook;"],
  [["remove", "--every", "hour"], "--every does not go with `ccbooks schedule remove`;"],
  [["instal"], "did you mean `ccbooks schedule install`?"],
  [["run"], "`ccbooks schedule run` is for schedulers;"],
])("schedule %j is wrong usage", async ([args, says]) => {
  const { exitCode, stderr } = await newHome().run(["schedule", ...args]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});

test("where there is no scheduler, one sentence says what to do", async () => {
  const home = newHome();
  const { exitCode, stderr } = await home.run(["schedule", "install"], { PATH: home.folder });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Neither systemd nor cron is at work for this user;");
});
