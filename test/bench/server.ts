import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

/** What `ccbooks serve` takes: client and server together on this machine, over loopback. */

const program = join(import.meta.dirname, "..", "..", "dist", "ccbooks.js");

/** A load: so many requests a second, each of so many calls. */
interface Load {
  name: string;
  rate: number;
  calls: number;
}

const loads: Load[] = [
  { name: "one call a request", rate: 2000, calls: 1 },
  { name: "1,000 calls a request", rate: 20, calls: 1000 },
];

/** @param seconds how long each load lasts */
export async function benchServer(seconds: number): Promise<string> {
  const lines = [
    `| ${seconds} s of | calls a second | median | 99% within | longest | refused | memory |`,
  ];
  lines.push("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const load of loads) lines.push(await underLoad(load, seconds));
  return lines.join("\n");
}

async function underLoad(load: Load, seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  const env = {
    ...{ HOME: folder, CCBOOKS_DB: join(folder, "usage.db"), TZ: "UTC" },
    CCBOOKS_CONFIG_DIR: join(folder, "config"),
  };
  const { stdout: token } = await execa(process.execPath, [program, "token", "create", "load"], {
    env,
  });
  const server = execa(process.execPath, [program, "serve", "--port", "0"], { env, reject: false });
  try {
    const url = await new Promise<string>((resolve) => {
      server.stderr.on("data", (piece) => {
        const found = /listens at (\S+);/.exec(String(piece))?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const { times, refused, elapsed } = await send(url, token.trim(), load, seconds);
    const sorted = Float64Array.from(times).toSorted();
    const at = (share: number): string =>
      `${(sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)} ms`;
    const rate = Math.round((times.length * load.calls * 1000) / elapsed).toLocaleString("en");
    return `| ${load.name} | ${rate} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${refused} | ${memoryOf(server.pid)} |`;
  } finally {
    server.kill();
    await server;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the system tells. */
function memoryOf(pid: number | undefined): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    return `${Math.round(kilobytes / 1024)} MiB`;
  } catch {
    return "–";
  }
}

async function send(url: string, token: string, { rate, calls }: Load, seconds: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times: number[] = [];
  let refused = 0;
  let number = 0;
  const one = async (): Promise<void> => {
    const body = JSON.stringify(Array.from({ length: calls }, () => callOf(number++, calls > 1)));
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const asked = request(`${url}/api/usage`, {
        ...{ method: "POST", agent },
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          ...(calls > 1 ? { "idempotency-key": `batch ${number}` } : {}),
        },
      });
      asked.on("response", (response) => {
        if (response.statusCode !== 200) refused += 1;
        response.resume();
        response.on("end", () => {
          times.push(performance.now() - start);
          resolve();
        });
      });
      asked.on("error", () => {
        refused += 1;
        resolve();
      });
      asked.end(body);
    });
  };
  const start = performance.now();
  const open: Promise<void>[] = [];
  // By the clock, whether or not answers have come: who waits for answers measures a slower load.
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(rate * seconds, ((performance.now() - start) / 1000) * rate);
      while (open.length < due) open.push(one());
      if (open.length < rate * seconds) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  await Promise.all(open);
  return { times, refused, elapsed: performance.now() - start };
}

function callOf(number: number, isInBatch: boolean): object {
  return {
    ...{ project: "shop", provider: "anthropic", model: "claude-opus-4-5" },
    ...{ input_tokens: 1000, output_tokens: 100, duration_ms: 1500, time_to_first_token_ms: 300 },
    worker_id: `w${number % 20}`,
    ...(isInBatch ? {} : { request_id: `req_${number}` }),
  };
}
