import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import * as z from "zod/mini";

import { contestant, type Contestant } from "./measure.ts";

/** A program that people ask for the usage of Claude Code instead. */
export interface Peer {
  name: string;
  /** What is run, and with which arguments. */
  command: readonly string[];
  env: Record<string, string>;
  /** All tokens, of the JSON that it prints. */
  tokens(printed: unknown): number;
}

const tokscaleTotals = z.object({
  totalInput: z.number(),
  totalOutput: z.number(),
  totalCacheRead: z.number(),
  totalCacheWrite: z.number(),
});

const metricsRows = z.object({
  data: z.array(z.object({ rowType: z.string(), totalTokens: z.number() })),
});

/** Those of the npm registry that keep what they have read. None is let ask the network for prices. */
const packages: Record<string, (modules: string) => Omit<Peer, "name">> = {
  "@tokscale/cli-linux-x64-gnu@4.17.0": (modules) => ({
    command: [
      join(modules, "@tokscale/cli-linux-x64-gnu/bin/tokscale"),
      ...["--client", "claude", "--json", "--no-spinner"],
    ],
    env: { TOKSCALE_PRICING_CACHE_ONLY: "1" },
    tokens(printed) {
      const { totalInput, totalOutput, totalCacheRead, totalCacheWrite } = z.parse(
        tokscaleTotals,
        printed,
      );
      return totalInput + totalOutput + totalCacheRead + totalCacheWrite;
    },
  }),
  "llm-usage-metrics@0.8.0": (modules) => ({
    command: [
      ...[process.execPath, join(modules, "llm-usage-metrics/dist/index.js")],
      ...["daily", "--source", "claude", "--json", "--pricing-offline"],
    ],
    env: { LLM_USAGE_SKIP_UPDATE_CHECK: "1" },
    tokens(printed) {
      const { data } = z.parse(metricsRows, printed);
      return data.find(({ rowType }) => rowType === "grand_total")?.totalTokens ?? 0;
    },
  }),
};

/** Installs them into a folder. Says which cannot be had, and goes on without. */
export async function installPeers(folder: string): Promise<Peer[]> {
  mkdirSync(folder);
  const peers: Peer[] = [];
  for (const [name, peer] of Object.entries(packages)) {
    const args = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", folder];
    const { exitCode } = await execa("npm", [...args, name], { stdio: "ignore", reject: false });
    if (exitCode === 0) peers.push({ name, ...peer(join(folder, "node_modules")) });
    else process.stderr.write(`${name} could not be installed.\n`);
  }
  return peers;
}

/** A peer in a home with transcripts: without a store of its own, once more, and when they have gone on. */
export function peerContestants(
  { command: [file = "", ...args], env, tokens }: Peer,
  home: string,
  talkOn: () => unknown,
): { contestants: Contestant[]; tokens(): Promise<number> } {
  const options = {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, TZ: "UTC", ...env },
    extendEnv: false,
  };
  const run = (): Promise<unknown> => execa(file, args, { ...options, stdio: "ignore" });
  const forget = (): void => {
    for (const name of readdirSync(home)) {
      if (name !== ".claude") rmSync(join(home, name), { recursive: true });
    }
  };
  return {
    contestants: [{ prepare: forget, run }, contestant(run), { prepare: talkOn, run }],
    async tokens() {
      const { stdout } = await execa(file, args, options);
      return tokens(JSON.parse(stdout));
    },
  };
}
