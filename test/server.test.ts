import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { setTimeout as pause } from "node:timers/promises";

import Database from "better-sqlite3";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { hash52 } from "../src/calls/hash.ts";
import { RateLimit } from "../src/server/who-may.ts";
import { newHome, root } from "./support/home.ts";
import { apiRequest, otlpLogs } from "./support/otlp.ts";
import { smallDisk } from "./support/small-disk.ts";
import { serveFrom, tokenOf } from "./support/server.ts";

const SOME = otlpLogs([apiRequest("s1", "req_1", "2026-11-20T10:00:00Z")]);

const A_CALL = {
  ...{ provider: "anthropic", model: "claude-opus-4-5", project: "shop", request_id: "req_1" },
  ...{ input_tokens: 10, output_tokens: 5, timestamp: "2026-11-20T10:00:00Z", cost_usd: 0.5 },
  settings: { temperature: 0 },
};

/** A request with headers that `fetch` does not let anybody set. */
async function raw(
  url: string,
  headers: Record<string, string>,
  path = "/v1/logs",
): Promise<{ status: number | undefined; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${url}${path}`, { method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += String(piece)));
      response.on("end", () =>
        resolve({ status: response.statusCode, text, headers: response.headers }),
      );
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(SOME));
  });
}

describe("who may ask", () => {
  test("nobody without a token, with a wrong, a revoked or a reader's one", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const gone = await tokenOf(home, "gone");
    const json = { "content-type": "application/json" };
    const answers = async (authorization: string): Promise<[number | undefined, string]> => {
      const { status, text } = await raw(server.url, { ...json, authorization });
      return [status, text];
    };
    expect(await answers(`Bearer ${gone}`)).toEqual([200, "{}"]);
    expect((await home.run(["token", "revoke", "gone"])).exitCode).toBe(0);
    expect(await answers(`Bearer ${gone}`)).toEqual([401, expect.stringContaining("was revoked")]);
    expect(await answers(`Bearer ${gone.slice(0, -1)}`)).toEqual([401, expect.anything()]);
    expect(await answers("Bearer ccb_000000000000_x")).toEqual([401, expect.anything()]);
    expect(await answers("Basic dXNlcjpwYXNz")).toEqual([
      401,
      expect.stringContaining("needs a token"),
    ]);
    expect(await answers(`Bearer ${server.tokens.read}`)).toEqual([
      403,
      expect.stringContaining("takes one with --role record"),
    ]);
    expect(await answers(`Bearer ${server.tokens.admin}`)).toEqual([200, "{}"]);
    const { stdout } = await home.run(["token"]);
    expect(stdout).toMatch(/gone \([0-9a-f]{12}\) +record +any +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d/);
    // What is kept of a token is its hash.
    const kept = JSON.stringify(home.query("SELECT hash, id, name FROM access_token"));
    for (const token of Object.values(server.tokens)) {
      expect(kept).not.toContain(token.split("_")[2]);
    }
  });

  test("no page of another place, under no other name, and with no token in an address", async () => {
    const server = await serveFrom(newHome(), "--allow-origin", "https://good.example");
    const good = {
      "content-type": "application/json",
      authorization: `Bearer ${server.tokens.record}`,
    };
    const status = async (more: Record<string, string>, path?: string) =>
      (await raw(server.url, { ...good, ...more }, path)).status;
    expect(await status({})).toBe(200);
    expect(await status({ host: "evil.example" })).toBe(421);
    expect(await status({ host: "localhost:1" })).toBe(200);
    expect(await status({ origin: "https://evil.example" })).toBe(403);
    expect(await status({ origin: "null" })).toBe(403);
    const allowed = await raw(server.url, { ...good, origin: "https://good.example" });
    expect(allowed.status).toBe(200);
    expect(allowed.headers["access-control-allow-origin"]).toBe("https://good.example");
    expect(await status({}, `/v1/logs?access_token=${server.tokens.record}`)).toBe(400);
    expect(await status({}, `/v1/logs?x=${server.tokens.record}`)).toBe(400);
  });

  test("others may ask over TLS, by the names that are allowed", async () => {
    const files = ["cert.pem", "key.pem"].map((name) =>
      join(root, "test", "support", "certificate", name),
    );
    const [cert = "", key = ""] = files;
    const flags = ["--host", "0.0.0.0", "--tls-cert", cert, "--tls-key", key];
    const server = await serveFrom(newHome(), ...flags, "--allow-host", "books.example");
    expect(server.url).toMatch(/^https:/);
    const ask = async (host: string) => {
      const { port } = new URL(server.url);
      return new Promise<number | undefined>((resolve, reject) => {
        const asked = httpsRequest(
          {
            ...{ host: "127.0.0.1", port, path: "/v1/logs", method: "POST" },
            rejectUnauthorized: false,
            headers: {
              host,
              authorization: `Bearer ${server.tokens.record}`,
              "content-type": "application/json",
            },
          },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        asked.on("error", reject);
        asked.end("{}");
      });
    };
    expect(await ask("books.example")).toBe(200);
    expect(await ask("evil.example")).toBe(421);
  });

  test("a token that asks too often is told to wait", () => {
    const limit = new RateLimit();
    let refused = 0;
    for (let count = 0; count < 6000; count += 1) {
      try {
        limit.check("a", 1000 + count / 100);
      } catch {
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(() => limit.check("b", 1000)).not.toThrow();
    expect(() => limit.check("a", 3000)).not.toThrow();
  });

  test.for<[string[], string]>([
    [
      ["--host", "0.0.0.0"],
      "others could listen in: give --tls-cert and --tls-key, or --behind-proxy",
    ],
    [["--port", "99999"], "--port takes a number from 0 to 65535"],
    [["--tls-cert", "x.pem"], "--tls-cert and --tls-key go together"],
  ])("serve %j is wrong usage", async ([flags, says]) => {
    const { exitCode, stderr } = await newHome().run(["serve", ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });

  test("a port that is taken is a sentence", async () => {
    const server = await serveFrom(newHome());
    const { exitCode, stderr } = await newHome().run(["serve", "--port", new URL(server.url).port]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^\[error\] 127\.0\.0\.1:\d+ is taken; end what listens there, or give another --port\.$/,
    );
  });
});

describe("hostile clients", () => {
  test("a body that is too large, packed or not, is cut off", async () => {
    const server = await serveFrom(newHome());
    const headers = {
      authorization: `Bearer ${server.tokens.record}`,
      "content-type": "application/json",
    };
    const bomb = await fetch(`${server.url}/v1/logs`, {
      ...{ method: "POST", headers: { ...headers, "content-encoding": "gzip" } },
      body: gzipSync(Buffer.alloc(300_000_000)),
    });
    expect(bomb.status).toBe(413);
    // A gigabyte, told of and not.
    const told = await raw(server.url, { ...headers, "content-length": "1000000000" }).catch(
      String,
    );
    expect(typeof told === "string" ? told : told.status).toSatisfy(
      (answer) => answer === 413 || /ECONNRESET|EPIPE|hang up/.test(String(answer)),
    );
    let sent = 0;
    const endless = await fetch(`${server.url}/v1/logs`, {
      ...{ method: "POST", headers },
      body: new ReadableStream({
        pull(stream) {
          sent += 1_000_000;
          if (sent > 1_000_000_000) stream.close();
          else stream.enqueue(new Uint8Array(1_000_000).fill(32));
        },
      }),
      duplex: "half",
    } as RequestInit).then(
      ({ status }) => status,
      () => "cut off",
    );
    expect(endless === 413 || endless === "cut off").toBe(true);
    expect(sent).toBeLessThan(300_000_000);
    expect((await server.ask("POST", "/v1/logs", SOME)).status).toBe(200);
  });

  test("a slow one is cut off, and does not keep others waiting", async () => {
    const server = await serveFrom(newHome());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const start = performance.now();
    socket.write("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\n");
    const drip = setInterval(() => socket.write("X-A: b\r\n"), 500);
    const ended = new Promise<void>((resolve) => {
      socket.on("close", () => resolve());
      socket.on("error", () => resolve());
    });
    socket.resume();
    expect((await server.ask("POST", "/v1/logs", SOME)).status).toBe(200);
    await ended;
    clearInterval(drip);
    expect(performance.now() - start).toBeLessThan(15_000);
  }, 30_000);

  test("nothing that is sent is a bug", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const runs = Number(process.env["CCBOOKS_FUZZED"] ?? 1500);
    const statuses = new Map<number, number>();
    const asked: [method: string, path: string][] = [
      ["POST", "/v1/logs"],
      ["POST", "/api/usage"],
      ["POST", "/api/usage"],
      ["POST", "/v1/metrics"],
      ["POST", "/api/admin/usage/check-budgets"],
      ["PATCH", "/api/admin/projects/%C3%BC%00/budget"],
      ["PATCH", "/api/admin/projects/shop/budget"],
      ["GET", "/api/usage?limit=5&cursor=9-9"],
      ["GET", "/api/admin/usage?since=x"],
      ["PUT", "/api/usage"],
      ["OPTIONS", "/openapi.json"],
    ];
    const noted = (status: number): void => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...asked),
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.uint8Array({ maxLength: 200 }),
          mangled(JSON.stringify(SOME)),
          mangled(JSON.stringify([A_CALL, A_CALL])),
          mangled('{"budget_threshold_usd":5,"budget_alert_threshold_percent":80}'),
        ),
        fc.dictionary(
          fc.stringMatching(/^[a-z][a-z-]{0,20}$/),
          fc.stringMatching(/^[ -~]{0,40}$/),
          { maxKeys: 3 },
        ),
        fc.constantFrom(
          "application/json",
          "application/json",
          "application/json",
          "text/plain",
          "application/x-protobuf",
          "application/json; charset=utf-7",
        ),
        async ([method, path], body, more, type) => {
          const headers = new Headers({
            ...harmless(more),
            authorization: `Bearer ${server.tokens.admin}`,
            "content-type": type,
          });
          const response = await fetch(`${server.url}${path}`, {
            ...{ method, headers },
            ...(method === "GET"
              ? {}
              : { body: typeof body === "string" ? body : new Uint8Array(body) }),
          });
          noted(response.status);
          const text = await response.text();
          expect(response.status).toBeLessThan(500);
          expect(text).not.toMatch(/at .*\.(js|ts):\d|node_modules|\/tmp\//);
        },
      ),
      { numRuns: runs },
    );
    expect((await server.end()).stderr).not.toContain("failed");
    process.stderr.write(
      `${runs} odd requests: ${[...statuses]
        .toSorted()
        .map(([status, times]) => `${status} ${times} times`)
        .join(", ")}\n`,
    );
  }, 1_200_000);
});

/** Headers that mean something to HTTP itself would break the request before it is sent. */
function harmless(headers: Record<string, string>): Record<string, string> {
  const forbidden =
    /^(connection|content|expect|host|keep|te$|trailer|transfer|upgrade|proxy|sec|date|cookie|via|origin|referer|access|accept)/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !forbidden.test(name)));
}

/** A text in which something was changed. */
function mangled(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.nat(text.length),
      fc.nat(20),
      fc.oneof(fc.string(), fc.constantFrom("null", "1e999", "-1", '"', "[]", "{}")),
    )
    .map(([at, length, other]) => text.slice(0, at) + other + text.slice(at + length));
}

describe("nothing that was acknowledged is lost", () => {
  const kills = Number(process.env["CCBOOKS_SERVER_KILLS"] ?? 5);

  test(`when the server is killed ${kills} times under load`, async () => {
    const home = newHome();
    const acknowledged = new Set<string>();
    let sent = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const server = await serveFrom(home);
      const ended = new AbortController();
      const load = async (): Promise<void> => {
        while (!ended.signal.aborted) {
          const request = `req_${sent++}`;
          const batch = otlpLogs([apiRequest("s1", request, "2026-11-20T10:00:00Z")]);
          const status = await server.ask("POST", "/v1/logs", batch).then(
            (answer) => answer.status,
            () => "broken off",
          );
          if (status === 200) acknowledged.add(request);
        }
      };
      const loads = Array.from({ length: 8 }, load);
      await pause(150 + ((kill * 37) % 200));
      ended.abort();
      await server.end("SIGKILL");
      await Promise.all(loads);
    }
    const server = await serveFrom(home);
    await server.end();
    const rows = home.query<{ request: number }>("SELECT request FROM call");
    const kept = new Set(rows.map(({ request }) => request));
    expect(kept.size).toBe(rows.length);
    expect([...acknowledged].filter((request) => !kept.has(hash52(request)))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(kills * 5);
    process.stderr.write(
      `${kills} kills, ${acknowledged.size} calls acknowledged, each there once\n`,
    );
  }, 1_200_000);

  test("when another program writes: it waits, and answers others meanwhile", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const other = new Database(home.db);
    other.exec("BEGIN IMMEDIATE");
    let isDone = false;
    const waits = server.ask("POST", "/v1/logs", SOME).then((answer) => {
      isDone = true;
      return answer.status;
    });
    await pause(300);
    // Meanwhile it answers.
    expect((await raw(server.url, {}, "/x")).status).toBe(404);
    expect(isDone).toBe(false);
    other.exec("ROLLBACK");
    expect(await waits).toBe(200);
    other.close();
  });

  test("when two servers and a program write the same books at once", async () => {
    const home = newHome();
    const servers = [await serveFrom(home), await serveFrom(home)];
    const statuses: number[] = [];
    const send = async (number: number): Promise<void> => {
      const server = servers[number % 2];
      const body = { ...A_CALL, request_id: `req_${number}`, timestamp: undefined };
      const answer = await server?.ask("POST", "/api/usage", body);
      statuses.push(answer?.status ?? 0);
    };
    const all = Array.from({ length: 120 }, (_, number) => number);
    const writers = Array.from({ length: 4 }, async (_, first) => {
      for (const number of all.filter((one) => one % 4 === first)) await send(number);
    });
    await Promise.all([
      ...writers,
      home.run(["run", "--", "true"]),
      home.run(["run", "--", "true"]),
    ]);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(home.query("SELECT SUM(calls) AS calls FROM recorded_cell")).toEqual([{ calls: 122 }]);
  });

  test("when the disk is full: it says so, and what was acknowledged is there", async ({
    skip,
  }) => {
    const home = newHome();
    const disk = smallDisk(home.folder, 700_000);
    if (disk === undefined) return skip();
    home.env["CCBOOKS_DB"] = join(disk, "usage.db");
    const server = await serveFrom(home);
    let acknowledged = 0;
    let refused = 0;
    for (let batch = 0; refused < 3; batch += 1) {
      const events = Array.from({ length: 100 }, (_, number) =>
        apiRequest("s1", `req_${batch}_${number}`, "2026-11-20T10:00:00Z"),
      );
      const { status, json } = await server.ask("POST", "/v1/logs", otlpLogs(events));
      if (status === 200) acknowledged += 100;
      else {
        expect({ status, json }).toEqual({
          status: 503,
          json: {
            error: "The books cannot be written now, and nothing was kept; send the same again.",
          },
        });
        refused += 1;
      }
    }
    await server.end();
    const books = new Database(home.env["CCBOOKS_DB"], { readonly: true });
    expect(books.prepare("SELECT COUNT(*) FROM call").pluck().get()).toBe(acknowledged);
    expect(books.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
    books.close();
    expect(acknowledged).toBeGreaterThan(0);
  });
});
