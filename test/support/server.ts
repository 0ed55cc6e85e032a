import { join } from "node:path";

import { execa } from "execa";
import { onTestFinished } from "vitest";

import { root, type Home } from "./home.ts";

/** A `ccbooks serve` of a home, and a token of each role. */
export interface Served {
  url: string;
  /** Sends JSON with a token, and gives what was answered. */
  ask: (
    method: "GET" | "POST" | "PATCH",
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; json: Record<string, unknown> }>;
  tokens: Record<"record" | "read" | "admin", string>;
  /** Ends it as a signal does, and gives what it said. */
  end: (signal?: NodeJS.Signals) => Promise<{ exitCode: number | undefined; stderr: string }>;
}

/** Makes a token as a user does. */
export async function tokenOf(home: Home, name: string, ...flags: string[]): Promise<string> {
  const { stdout, exitCode, stderr } = await home.run(["token", "create", name, ...flags]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Starts the server without a launcher, as a kill would hit only that; it ends with the test. */
export async function serveFrom(home: Home, ...flags: string[]): Promise<Served> {
  const known = "tokens" in home ? (home.tokens as Served["tokens"]) : undefined;
  const tokens = known ?? {
    record: await tokenOf(home, "record", "--role", "record"),
    read: await tokenOf(home, "read", "--role", "read"),
    admin: await tokenOf(home, "admin", "--role", "admin"),
  };
  Object.assign(home, { tokens });
  const server = execa(
    process.execPath,
    [join(root, "dist", "ccbooks.js"), "serve", "--port", "0", ...flags],
    { env: home.env, extendEnv: false, reject: false, stdin: "ignore", cwd: home.folder },
  );
  onTestFinished(() => void server.kill("SIGKILL"));
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (piece) => {
      said += String(piece);
      const found = /listens at (\S+);/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    void server.then(({ stderr }) => reject(new Error(stderr)));
  });
  return {
    ...{ url, tokens },
    ask: async (method, path, body, headers = {}) => {
      const role = method === "GET" ? "read" : "record";
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tokens[role]}`,
          "content-type": "application/json",
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text === "" ? {} : JSON.parse(text) };
    },
    end: async (signal = "SIGTERM") => {
      server.kill(signal);
      const { exitCode, stderr } = await server;
      return { exitCode, stderr };
    },
  };
}
