import { isIP } from "node:net";
import { resolve } from "node:path";

import { defineCommand } from "citty";

import { databasePath, expandHome } from "../config/paths.ts";
import { UsageError, UserError } from "../errors.ts";
import type { RecordedCall } from "../recorded.ts";
import { say, sayWarning } from "../terminal/say.ts";
import { dbFlag, quietFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "serve", description: "Take calls in over HTTP: telemetry, and your apps'" },
  args: {
    port: {
      type: "string",
      valueHint: "N",
      description: "Where it listens (8050); 0: any",
    },
    host: {
      type: "string",
      valueHint: "ADDRESS",
      description: "127.0.0.1; another takes TLS or a proxy",
    },
    "tls-cert": { type: "string", valueHint: "FILE", description: "Its certificate (PEM)" },
    "tls-key": { type: "string", valueHint: "FILE", description: "The key of that (PEM)" },
    "behind-proxy": { type: "boolean", description: "A proxy before it does TLS" },
    "allow-host": {
      type: "string",
      valueHint: "NAMES",
      description: "Names that it is asked by, with commas",
    },
    "allow-origin": {
      type: "string",
      valueHint: "URLS",
      description: "Pages that may ask, with commas",
    },
    "keep-content": {
      type: "boolean",
      description: "Keep the prompts and answers that apps send",
    },
    jsonl: {
      type: "string",
      valueHint: "DIR",
      description: "Apps' calls also as lines in api-calls-DAY.jsonl",
    },
    db: dbFlag,
    quiet: quietFlag,
  },
  async run({ args, rawArgs }) {
    const port = portOf(args.port ?? "8050");
    const { host = "127.0.0.1" } = args;
    const tls = tlsOf(args["tls-cert"], args["tls-key"]);
    if (!isLoopback(host) && tls === null && !args["behind-proxy"]) {
      throw new UsageError(
        `At ${host} others could listen in: give --tls-cert and --tls-key, or --behind-proxy where a proxy does TLS.`,
      );
    }
    const end = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end.abort());
    const { serve } = await import("../server/serve.ts");
    await serve(databasePath(args.db), {
      ...{ host, port, tls, signal: end.signal },
      ...{
        keepsContent: args["keep-content"] === true,
        onRecorded: args.jsonl === undefined ? null : await lineWriter(args.jsonl),
      },
      reach: {
        hosts: [...listOf(args["allow-host"]).map((name) => name.toLowerCase()), ...own(host)],
        origins: listOf(args["allow-origin"]),
      },
      onListening: (url) => {
        if (!args.quiet)
          say(`ccbooks listens at ${url}; \`ccbooks token create NAME\` makes a token.`);
      },
      onBug: (error) => {
        const isVerbose = rawArgs.includes("--verbose") || Boolean(process.env["DEBUG"]);
        process.stderr.write(
          `${isVerbose && error instanceof Error ? error.stack : `A request failed: ${String(error)}`}\n`,
        );
      },
    });
  },
});

/** What writes calls into a folder's files; that it cannot is said, and the books have them. */
async function lineWriter(jsonl: string) {
  const folder = resolve(expandHome(jsonl));
  const { appendCalls } = await import("../recorder/jsonl.ts");
  appendCalls(folder, []);
  return (calls: readonly RecordedCall[]): void => {
    try {
      appendCalls(folder, calls);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      sayWarning(error.message);
    }
  };
}

/** @throws UsageError when it is none. */
function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`);
}

/** @throws UsageError when one is given without the other. */
function tlsOf(
  certificate: string | undefined,
  key: string | undefined,
): { certificate: string; key: string } | null {
  if (certificate === undefined && key === undefined) return null;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  throw new UsageError("--tls-cert and --tls-key go together; give both.");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** An address that stands for all of them is no name. */
function own(host: string): string[] {
  return host === "0.0.0.0" || host === "::" ? [] : [isIP(host) === 6 ? `[${host}]` : host];
}

function listOf(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
