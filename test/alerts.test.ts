import type { IncomingMessage, ServerResponse } from "node:http";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { certificate, mailServer, ok, receiver } from "./support/receivers.ts";
import { say } from "./support/transcripts.ts";

/** A home with a budget of $10 a day, and these channels. */
async function homeWith(channels: unknown): Promise<Home> {
  const home = newHome();
  settings(home, { channels });
  expect((await home.run(["fetch", "--offline"])).exitCode).toBe(0);
  const set = ["set", "shop <b>&", "--amount", "10", "--project=-dev-shop"];
  expect((await home.run(["budget", ...set])).exitCode).toBe(0);
  return home;
}

function settings(home: Home, content: unknown): void {
  mkdirSync(join(home.folder, "config"), { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(join(home.folder, "config", "settings.json"), text);
}

let calls = 0;

/** Spends so many dollars today, and fetches. */
async function spendAndFetch(
  home: Home,
  usd: number,
): Promise<{ stderr: string; exitCode?: number }> {
  calls += 1;
  const at = new Date().toISOString();
  say(home.claude, "-dev-shop", "session-one", {
    ...{ id: `call-${calls}`, at, model: "claude-opus-4-5-20251101" },
    ...{ input: usd * 200_000, output: 0 },
  });
  return home.run(["fetch", "--offline"]);
}

const deliveries = (home: Home): unknown[] =>
  home.query(
    "SELECT channel, tries, delivered_at IS NOT NULL AS isDelivered, error FROM budget_delivery ORDER BY channel",
  );

test("a webhook hears once, as JSON, that a budget is over", async () => {
  const { url, received } = await receiver(ok);
  const home = await homeWith({ hook: { type: "webhook", url } });
  await spendAndFetch(home, 4);
  expect(received).toEqual([]);
  await spendAndFetch(home, 7);
  await spendAndFetch(home, 1);
  expect(received).toHaveLength(1);
  expect(received[0]?.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(received[0]?.body ?? "")).toEqual({
    ...{
      type: "budget",
      budget: "shop <b>&",
      level: "over",
      unit: "usd",
      limit: 10,
      spent: expect.closeTo(11),
    },
    ...{ unpricedTokens: 0, percent: expect.closeTo(110), period: "day" },
    periodStart: new Date().toISOString().slice(0, 10),
    scope: {
      source: "claude-code",
      project: "-dev-shop",
      model: null,
      branch: null,
      machine: null,
      agent: null,
    },
    ...{ firedAt: expect.any(String), rose: [], isTest: false },
    text: expect.stringContaining("shop <b>& is over $10 today: $11.00"),
  });
  expect(deliveries(home)).toEqual([{ channel: "hook", tries: 1, isDelivered: 1, error: null }]);
});

test.for([
  ["slack", '{"text":"shop &lt;b&gt;&amp; is over $10 today: $11.00'],
  ["discord", '{"content":"shop <b>& is over $10 today: $11.00'],
  ["ntfy", "shop <b>& is over $10 today: $11.00"],
] as const)("%s gets what it can read", async ([shape, begins]) => {
  const { url, received } = await receiver(ok);
  const home = await homeWith({ hook: { type: "webhook", url, shape } });
  await spendAndFetch(home, 11);
  expect(received[0]?.body.slice(0, begins.length)).toBe(begins);
  expect(received[0]?.body).toContain("$11.00 of $10 (110%)");
  if (shape === "ntfy") expect(received[0]?.headers["priority"]).toBe("high");
});

test.for<[string, (response: ServerResponse, request: IncomingMessage) => void, string]>([
  ["answers 500", (response) => void response.writeHead(500).end(), "it answered 500"],
  [
    "redirects",
    (response) => void response.writeHead(302, { Location: "http://127.0.0.1:9/" }).end(),
    "it redirects elsewhere; name the address that it ends at",
  ],
  ["cuts off", (response) => void response.destroy(), "it cannot be reached (other side closed)"],
  ["hangs", () => undefined, "it took more than 10 seconds"],
])(
  "a receiver that %s does not keep a fetch, is said, and tried again",
  async ([, answer, why]) => {
    let isWell = false;
    const { url, received } = await receiver((response, request) => {
      if (isWell) response.end();
      else answer(response, request);
    });
    const home = await homeWith({ hook: { type: "webhook", url } });
    const failed = await spendAndFetch(home, 11);
    expect(failed.exitCode).toBe(0);
    expect(failed.stderr).toContain(
      `was not delivered: ${why}. The next fetch tries again, for a day;`,
    );
    expect(deliveries(home)).toEqual([{ channel: "hook", tries: 1, isDelivered: 0, error: why }]);
    isWell = true;
    const { stderr } = await home.run(["fetch", "--offline"]);
    expect(stderr).not.toContain("delivered");
    await home.run(["fetch", "--offline"]);
    expect(received).toHaveLength(2);
    expect(deliveries(home)).toEqual([{ channel: "hook", tries: 2, isDelivered: 1, error: null }]);
  },
);

test("what could not be delivered for a day is let be", async () => {
  const { url, received } = await receiver((response) => void response.writeHead(500).end());
  const home = await homeWith({ hook: { type: "webhook", url } });
  await spendAndFetch(home, 11);
  const books = new Database(home.db);
  books.pragma("foreign_keys = OFF");
  books.exec("UPDATE budget_event SET fired_at = datetime(fired_at, '-25 hours')");
  books.close();
  const { stderr } = await home.run(["fetch", "--offline"]);
  expect(stderr).not.toContain("delivered");
  expect(received).toHaveLength(1);
});

test("eight fetches at once tell it once", async () => {
  const { url, received } = await receiver(
    (response) => void setTimeout(() => response.end(), 300),
  );
  const home = await homeWith({ hook: { type: "webhook", url } });
  await spendAndFetch(home, 1);
  say(home.claude, "-dev-shop", "session-two", {
    ...{ id: "more", at: new Date().toISOString(), model: "claude-opus-4-5-20251101" },
    ...{ input: 2_000_000, output: 0 },
  });
  await Promise.all(Array.from({ length: 8 }, () => home.run(["fetch", "--offline"])));
  expect(received).toHaveLength(1);
});

test("a program of the user's gets the figures on its input", async () => {
  const home = await homeWith({
    stop: { type: "command", command: ["sh", "-c", 'cat > "$HOME/told.json"'] },
    fails: { type: "command", command: ["sh", "-c", "exit 7"] },
  });
  const { stderr, exitCode } = await spendAndFetch(home, 11);
  expect(exitCode).toBe(0);
  expect(JSON.parse(readFileSync(join(home.folder, "told.json"), "utf8"))).toMatchObject({
    ...{ budget: "shop <b>&", level: "over", spent: expect.closeTo(11) },
  });
  expect(stderr).toContain("The alert by fails to the program sh -c exit 7 was not delivered:");
});

test.for([true, false])(
  "a mail arrives over TLS with a password from the environment (from the first byte: %s)",
  async (secure) => {
    const { port, mails } = await mailServer(secure);
    const mail = { type: "email", host: "localhost", port, secure, user: "me" };
    const home = await homeWith({
      me: {
        ...mail,
        password: "${SMTP_PASSWORD}",
        from: "books@example.org",
        to: ["me@example.org", "you@example.org"],
      },
    });
    home.env["NODE_EXTRA_CA_CERTS"] = join(certificate, "cert.pem");
    const unset = await spendAndFetch(home, 11);
    expect(unset.stderr).toContain(
      "The environment has no SMTP_PASSWORD; set it where ccbooks runs",
    );
    home.env["SMTP_PASSWORD"] = "wrong";
    expect((await home.run(["fetch", "--offline"])).stderr).toContain(
      "was not delivered: Invalid login",
    );
    home.env["SMTP_PASSWORD"] = "s3cret";
    const { stderr } = await home.run(["fetch", "--offline"]);
    expect(stderr).not.toContain("delivered");
    expect(mails).toHaveLength(1);
    const [{ text, ...envelope } = { text: "" }] = mails;
    expect(envelope).toEqual({
      user: "me",
      isSecure: true,
      to: ["me@example.org", "you@example.org"],
    });
    expect(text).toMatch(/^Subject: shop <b>& is over \$10 today: \$11\.00\r$/m);
    expect(text).toMatch(/^From: ccbooks <books@example\.org>\r$/m);
    // Long lines are folded.
    expect(text.replaceAll("=\r\n", "")).toContain("shop &#60;b&#62;&#38; is over");
    const told = [
      unset.stderr,
      stderr,
      JSON.stringify(home.query("SELECT * FROM budget_delivery")),
    ];
    expect(told.join()).not.toContain("s3cret");
  },
);

test("alert lists channels, tests one, and shows what it would send", async () => {
  const { url, received } = await receiver(ok);
  const home = await homeWith({
    hook: { type: "webhook", url: "${HOOK}" },
    desk: { type: "desktop" },
  });
  home.env["HOOK"] = url;
  expect((await home.run(["alert"])).stdout).toMatchInlineSnapshot(`
    "  Channel  Type     Who hears it
      hook     webhook  \${HOOK} (json)
      desk     desktop  the desktop of this machine"
  `);
  const shown = await home.run(["alert", "test", "hook", "--dry-run"]);
  expect(shown).toMatchObject({ exitCode: 0, stdout: "" });
  expect(shown.stderr).toContain("Would be sent by hook to ${HOOK} (json):");
  expect(shown.stderr).not.toContain(url);
  expect(received).toEqual([]);
  expect((await home.run(["alert", "test", "hook"])).stderr).toContain("Sent by hook");
  expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ isTest: true, budget: "storefront" });
  // The desktop of a machine that runs tests has nobody to tell.
  home.env["PATH"] = home.folder;
  const desk = await home.run(["alert", "test", "desk"]);
  expect(desk.exitCode).toBe(1);
  expect(desk.stderr).toMatch(
    /^\[warn\] The alert by desk to the desktop of this machine was not delivered: /,
  );
});

test("what is to be sent is shown, and sent, when asked for", async () => {
  let isWell = false;
  const { url, received } = await receiver(
    (response) => void response.writeHead(isWell ? 200 : 500).end(),
  );
  const home = await homeWith({ hook: { type: "webhook", url } });
  await spendAndFetch(home, 11);
  const shown = JSON.parse((await home.run(["alert", "send", "--dry-run", "--json"])).stdout);
  expect(shown).toMatchObject({ dryRun: true, deliveries: [{ channel: "hook", error: null }] });
  expect(received).toHaveLength(1);
  expect((await home.run(["alert", "send"])).exitCode).toBe(1);
  isWell = true;
  expect((await home.run(["alert", "send"])).stderr).toContain("Sent by hook to 127.0.0.1");
  expect((await home.run(["alert", "send"])).stderr).toBe("There is nothing to send.");
});

const mail = { type: "email", host: "h", from: "a@b.c", to: ["a@b.c"] };

test.for<[string, unknown, string]>([
  [
    "a webhook to a file",
    { channels: { x: { type: "webhook", url: "file:///etc/passwd" } } },
    '"channels.x.url"',
  ],
  ["a kind that nobody knows", { channels: { x: { type: "pigeon" } } }, '"channels.x.type"'],
  [
    "a password that is no name",
    { channels: { x: { ...mail, password: "s3cret" } } },
    '"channels.x.password"',
  ],
  [
    "a header in an address",
    { channels: { x: { ...mail, to: ["a@b.c\r\nBcc: d@e.f"] } } },
    '"channels.x.to.0"',
  ],
  ["a flag that is none", { channels: { x: { type: "desktop", loud: true } } }, '"channels.x"'],
  [
    "a command without a program",
    { channels: { x: { type: "command", command: [] } } },
    '"channels.x.command"',
  ],
  ["no JSON", '{\n  "channels": {\n    oops\n}', "is not JSON (line 3)"],
])(
  "settings with %s are refused in one sentence, and stay as they are",
  async ([, content, says]) => {
    const home = newHome();
    settings(home, content);
    const path = join(home.folder, "config", "settings.json");
    const before = readFileSync(path, "utf8");
    const { exitCode, stdout, stderr } = await home.run(["fetch", "--offline"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr.split("\n")).toHaveLength(1);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("s3cret");
    expect(readFileSync(path, "utf8")).toBe(before);
  },
);

test.for<[string[], string]>([
  [["test"], "Missing the channel: `ccbooks alert test CHANNEL`."],
  [["test", "hok"], 'The settings have no channel "hok"; did you mean hook?'],
  [["tset"], '`ccbooks alert` cannot "tset"; did you mean `ccbooks alert test`?'],
  [["list", "--dry-run"], "--dry-run is for `ccbooks alert test` and `send`; leave it out."],
  [["send", "hook"], 'A channel is for `ccbooks alert test`; leave "hook" out.'],
])("alert %j says what is right", async ([args, says]) => {
  const home = newHome();
  settings(home, { channels: { hook: { type: "webhook", url: "http://127.0.0.1:9" } } });
  const { stdout, stderr } = await home.run(["alert", ...args]);
  expect({ stdout, stderr }).toEqual({ stdout: "", stderr: `[error] ${says}` });
});
