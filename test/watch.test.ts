import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

import { execa } from "execa";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import type { PaceAlert } from "../src/alerts/message.ts";
import { Outbox } from "../src/alerts/outbox.ts";
import type { Running, RunningSession } from "../src/readers/running.ts";
import { watchFolders } from "../src/sources/claude-code/watch-folders.ts";
import { paceWatch } from "../src/watch/pace.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { certificate, mailServer, ok, receiver } from "./support/receivers.ts";
import { say } from "./support/transcripts.ts";

/** $5 per million input tokens. */
const OPUS = "claude-opus-4-5-20251101";

let calls = 0;

/** An agent at work: a call of so many dollars, now. */
function spend(home: Home, usd: number, session = "agent", project = "-dev-shop"): void {
  calls += 1;
  say(home.claude, project, session, {
    ...{ id: `call-${calls}`, at: new Date().toISOString(), model: OPUS },
    ...{ input: usd * 200_000, output: 0, line: { gitBranch: "feature/pay" } },
  });
}

/** A watch that is at work, and what it has shown so far. Ended with the test. */
function watching(home: Home, ...flags: string[]) {
  const program = join(root, "dist", "ccbooks.js");
  const args = [program, "watch", "--json", "--offline", "--every", "1s", ...flags];
  const watch = execa(process.execPath, args, {
    ...{ env: home.env, extendEnv: false, reject: false, stdin: "ignore", buffer: false },
  });
  onTestFinished(() => void watch.kill("SIGKILL"));
  const seen: Seen[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: watch.stdout }).on("line", (line) => {
    seen.push(JSON.parse(line));
    for (const wake of waiting.splice(0)) wake();
  });
  return {
    seen,
    /** The first look that fits, from now on or before. */
    async until(fits: (look: Seen) => boolean): Promise<Seen> {
      for (;;) {
        const found = seen.find(fits);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    async end(): Promise<{ exitCode: number | undefined }> {
      watch.kill("SIGINT");
      const { exitCode } = await watch;
      return { exitCode };
    },
  };
}

/** Without books there is only a mishap. */
interface Seen extends Partial<Running> {
  mishap: string | null;
  fired: { type: string; budget?: string; level: string; sessions: RunningSession[] }[];
  deliveries: { channel: string; error: string | null }[];
}

/** Whether a small disk can be made here: by root, and not in every container. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-test-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  if (status === 0) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
  return status === 0;
}

function settings(home: Home, content: object): void {
  mkdirSync(join(home.folder, "config"), { recursive: true });
  writeFileSync(join(home.folder, "config", "settings.json"), JSON.stringify(content));
}

describe("a watch", () => {
  test("mails within two looks that an agent runs away, and which", async () => {
    const { port, mails } = await mailServer(false);
    const home = newHome();
    home.env["NODE_EXTRA_CA_CERTS"] = join(certificate, "cert.pem");
    home.env["SMTP_PASSWORD"] = "s3cret";
    const me = { type: "email", host: "localhost", port, user: "me", password: "${SMTP_PASSWORD}" };
    settings(home, { channels: { me: { ...me, from: "a@b.c", to: ["me@b.c"] } } });
    spend(home, 0.1);
    const watch = watching(home, "--burn", "40");
    await watch.until(({ sessions }) => sessions?.length === 1);
    const looks = watch.seen.length;
    // $11 in the last quarter of an hour are $44 an hour.
    for (let line = 0; line < 11; line += 1) spend(home, 1);
    const look = await watch.until(({ fired }) => fired.length > 0);
    expect(watch.seen.indexOf(look)).toBeLessThan(looks + 2);
    expect(look.fired).toMatchObject([{ type: "burn", sessions: [{ sessionId: "agent" }] }]);
    const sent = await watch.until(({ deliveries }) => deliveries.length > 0);
    expect(sent.deliveries).toEqual([{ channel: "me", error: null }]);
    expect(mails).toHaveLength(1);
    const text = (mails[0]?.text ?? "").replaceAll("=\r\n", "");
    expect(text).toMatch(/^Subject: \$44\.40 an hour is over \$40\.00 an hour\r$/m);
    expect(text).toContain("agent -dev-shop");
    expect(text).toContain("feature/pay");
    spend(home, 5);
    await watch.until(({ costPerHour = 0 }) => costPerHour > 60);
    expect(mails).toHaveLength(1);
    expect(await watch.end()).toEqual({ exitCode: 0 });
  });

  test("tells of a budget, and of a session that costs too much, once", async () => {
    const { url, received } = await receiver(ok);
    const home = newHome();
    settings(home, { channels: { hook: { type: "webhook", url } } });
    await home.fetch();
    await home.run(["budget", "set", "day", "--amount", "10"]);
    const watch = watching(home, "--session-max", "8");
    await watch.until(() => true);
    spend(home, 9, "one");
    spend(home, 2, "two");
    const look = await watch.until(({ fired }) => fired.length > 0);
    expect(look.fired).toMatchObject([
      { type: "budget", budget: "day", level: "over" },
      { type: "session", sessions: [{ sessionId: "one", totalCost: expect.closeTo(9) }] },
    ]);
    spend(home, 1, "one");
    await watch.until(({ today }) => (today?.totalCost ?? 0) > 11.5);
    await watch.end();
    const texts = received.map(({ body }) => JSON.parse(body));
    expect(texts.map(({ type }) => type).toSorted()).toEqual(["budget", "session"]);
    expect(watch.seen.flatMap(({ fired }) => fired)).toHaveLength(2);
  });

  test("goes on when ccusage fails for a while, and the books are gone", async () => {
    const home = newHome();
    await home.fetch();
    const moved = join(home.folder, "ccusage");
    writeFileSync(moved, "#!/bin/sh\necho broken >&2\nexit 3\n", { mode: 0o755 });
    home.env["CCBOOKS_CCUSAGE"] = moved;
    spend(home, 1);
    const watch = watching(home);
    await watch.until(({ mishap }) => mishap !== null);
    const { mishap } = watch.seen.at(-1) ?? {};
    expect(mishap).toContain("ccusage");
    const real = join(root, "node_modules", "ccusage", "src", "cli.js");
    writeFileSync(moved, `#!/bin/sh\nexec '${process.execPath}' '${real}' "$@"\n`);
    await watch.until(({ today }) => today?.totalCost === 1);
    rmSync(home.db);
    spend(home, 2);
    await watch.until(({ today }) => (today?.totalCost ?? 0) > 2.9);
    expect(watch.seen.at(-1)?.mishap).toBeNull();
    expect(await watch.end()).toEqual({ exitCode: 0 });
  });

  test.skipIf(!canMount()).for(["TMPDIR", "CCBOOKS_DB"])(
    "goes on when the disk of %s is full for a while",
    async (name) => {
      const home = newHome();
      const disk = join(home.folder, "disk");
      mkdirSync(disk);
      spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]);
      onTestFinished(() => void spawnSync("umount", ["--lazy", disk]));
      const db = name === "CCBOOKS_DB" ? join(disk, "usage.db") : home.db;
      home.env[name] = name === "CCBOOKS_DB" ? db : disk;
      spend(home, 1);
      const watch = watching(home);
      await watch.until(({ today }) => today?.totalCost === 1);
      const filler = join(disk, "filler");
      spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1k"]);
      for (let call = 0; call < 300; call += 1) spend(home, 1);
      const { mishap } = await watch.until((look) => look.mishap !== null);
      expect(mishap).toMatch(/make room/);
      rmSync(filler);
      await watch.until(({ today }) => today?.totalCost === 301);
      expect(await watch.end()).toEqual({ exitCode: 0 });
    },
  );

  test("of a day writes no more than a few rows", async () => {
    const home = newHome();
    const watch = watching(home);
    await watch.until(() => true);
    for (let time = 1; time <= 4; time += 1) {
      spend(home, 1);
      await watch.until(({ today }) => today?.totalCost === time);
    }
    await watch.end();
    const rows = home.query<{ fetches: number; calls_added: number }>(
      "SELECT fetches, calls_added FROM import_run",
    );
    expect(rows.length).toBeLessThanOrEqual(2);
    expect(rows.reduce((sum, row) => sum + row.calls_added, 0)).toBe(4);
    expect(home.query("SELECT SUM(total_cost) AS cost FROM daily_usage")).toEqual([{ cost: 4 }]);
    expect((await home.run(["runs"])).stdout).toMatch(/4 calls, \d days, \d times/);
  });

  const hasTerminal = spawnSync("script", ["--version"]).status === 0;

  test.skipIf(!hasTerminal)("draws on a terminal until Ctrl-C", async () => {
    const home = newHome();
    await home.fetch();
    await home.run(["budget", "set", "day", "--amount", "10"]);
    spend(home, 4);
    const program = `${process.execPath} ${root}/dist/ccbooks.js watch --offline --every 1 --burn 12`;
    const terminal = execa(
      "script",
      ["-qec", `stty rows 24 cols 80; exec ${program}`, "/dev/null"],
      {
        ...{ env: { ...home.env, NO_COLOR: "1" }, extendEnv: false, reject: false },
        ...{ stdin: "pipe", buffer: false },
      },
    );
    onTestFinished(() => void terminal.kill("SIGKILL"));
    let screens = "";
    terminal.stdout.on("data", (chunk: Buffer) => {
      const isFirst = !screens.includes("Ctrl-C.");
      screens += chunk.toString();
      if (isFirst && screens.includes("Ctrl-C.")) terminal.stdin.write("\u0003");
    });
    expect((await terminal).exitCode).toBe(0);
    const lines = screens.replaceAll("\u001B[K", "").replaceAll("\r", "").split("\n");
    expect(lines[0]).toContain("$4.00 today · 800K tokens · cache 0.0%");
    expect(lines).toContainEqual(
      expect.stringMatching(/^5-hour block until \d\d:00, .* left: \$4\.00, /),
    );
    expect(lines).toContain(
      "$16.00 an hour (told from $12.00 on) in the last 15 minutes, 1 session",
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}agent +-dev-shop +opus-4-5 +\$16\.00 +\$4\.00 +\d\d:\d\d$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}day +\$4\.00 +\$10 a day +40% /));
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^\d\d:\d\d \$16\.00 an hour is over \$12\.00 an hour \(agent in -dev-shop\)\.$/,
      ),
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

const session: RunningSession = {
  ...{ sessionId: "one", title: null, project: "shop", branch: null, model: "opus" },
  ...{ machine: "desk", lastCallAt: "2026-11-20T10:00:00.000Z", calls: 1, costPerHour: 9 },
  ...{ unpricedTokensLately: 0, totalCost: 3, unpricedTokens: 0 },
};

/** What goes on some minutes after ten. */
function running(minute: number, costPerHour: number, totalCost = 3): Running {
  return {
    at: new Date(Date.parse("2026-11-20T10:00:00Z") + minute * 60_000).toISOString(),
    asOf: { source: "claude-code", fetchedAt: null, date: null, firstDate: null },
    today: {
      ...{ firstDate: null, lastDate: null, daysWithUsage: 0, totalTokens: 0, hitRate: null },
      ...{ inputTokens: 0, outputTokens: 0, cacheCreationTokens: 0, cacheReadTokens: 0 },
      ...{ totalCost: 0, unpricedTokens: 0 },
    },
    ...{ blocks: [], budgets: [], costPerHour, unpricedTokensLately: 0 },
    sessions: [{ ...session, totalCost }],
  };
}

test("the pace is told again only when it has been below for a quarter of an hour", () => {
  const pace = paceWatch({ burn: 20, sessionMax: null });
  const told = (minute: number, costPerHour: number): boolean =>
    pace(running(minute, costPerHour)).length > 0;
  expect(told(0, 19.9)).toBe(false);
  expect(told(1, 20)).toBe(true);
  expect(told(2, 30)).toBe(false);
  expect(told(3, 10)).toBe(false);
  expect(told(10, 25)).toBe(false);
  expect(told(11, 10)).toBe(false);
  expect(told(27, 21)).toBe(true);
});

test("each session is told of once, however much more it costs", () => {
  const pace = paceWatch({ burn: null, sessionMax: 5 });
  const told = (minute: number, totalCost: number): string[] =>
    pace(running(minute, 1, totalCost)).map(({ type }) => type);
  expect(told(0, 4.9)).toEqual([]);
  expect(told(1, 5)).toEqual(["session"]);
  expect(told(90, 50)).toEqual([]);
});

test("an alert that could not be delivered is tried again, for a day, and sent once", async () => {
  let isWell = false;
  const { url, received } = await receiver(
    (response) => void response.writeHead(isWell ? 200 : 500).end(),
  );
  const channels = { hook: { type: "webhook", url, shape: "json" } } as const;
  const alert = (firedAt: string): PaceAlert => ({
    ...{ type: "burn", level: "over", limit: 20, spent: 30, unpricedTokens: 0, percent: 150 },
    ...{ sessions: [session], firedAt, isTest: false },
  });
  const outbox = new Outbox();
  const now = new Date().toISOString();
  expect(await outbox.send([alert(now)], channels)).toMatchObject([{ error: "it answered 500" }]);
  expect(outbox.isWaiting).toBe(true);
  isWell = true;
  expect(await outbox.send([], channels)).toMatchObject([{ error: null }]);
  expect(await outbox.send([], channels)).toEqual([]);
  expect(received).toHaveLength(2);
  isWell = false;
  await outbox.send([alert(new Date(Date.now() - 23.99 * 3_600_000).toISOString())], channels);
  expect(outbox.isWaiting).toBe(true);
  await outbox.send([alert("2026-01-01T00:00:00Z")], {});
  expect(outbox.isWaiting).toBe(false);
});

test("a change is told in any folder of transcripts, also in new ones", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const deep = join(folder, "projects", "-app", "one", "subagents");
  mkdirSync(deep, { recursive: true });
  let changes = 0;
  const watch = watchFolders([folder], () => (changes += 1));
  onTestFinished(() => watch.close());
  const tells = async (write: () => void): Promise<void> => {
    // What went before is told by then.
    await pause(100);
    changes = 0;
    write();
    await vi.waitUntil(() => changes > 0, { timeout: 10_000 });
  };
  expect(watch.isTold()).toBe(true);
  await tells(() => writeFileSync(join(deep, "agent-1.jsonl"), "x"));
  await tells(() => appendFileSync(join(deep, "agent-1.jsonl"), "y"));
  const fresh = join(folder, "projects", "-new", "two", "subagents");
  await tells(() => mkdirSync(fresh, { recursive: true }));
  await tells(() => writeFileSync(join(fresh, "agent-2.jsonl"), "x"));
  await tells(() => rmSync(join(fresh, "agent-2.jsonl")));
  expect(watch.isTold()).toBe(true);
});

test("folders that are not there yet are to be looked for", () => {
  const watch = watchFolders([join(tmpdir(), "ccbooks-test-none")], () => undefined);
  expect(watch.isTold()).toBe(false);
  watch.close();
});

test.for<[string[], string]>([
  [[], "draws on a terminal, and this is none; add --json."],
  [["--every", "0s"], "--every takes a time such as 30s"],
  [["--every", "soon"], "--every takes a time such as 30s"],
  [["--burn", "0"], "--burn takes US dollars above 0"],
  [["--burn", "-3"], "--burn takes US dollars above 0"],
  [["--burn", "NaN"], "--burn takes US dollars above 0"],
  [["--session-max", "1e308"], "--session-max takes US dollars above 0"],
])("watch %j is wrong usage", async ([args, says]) => {
  const { exitCode, stderr } = await newHome().run(["watch", ...args]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
