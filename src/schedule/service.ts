import { existsSync, rmSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";

import { UserError } from "../errors.ts";
import { escaped } from "../format/html.ts";
import { makeFolder } from "../system/folders.ts";
import { environmentOf } from "./job.ts";
import { folder, word } from "./schedulers/systemd.ts";
import { ask, succeeds, type Unit } from "./schedulers/scheduler.ts";

/** `ccbooks serve` for good: started with the user's session, and again where it ends. */

/** What keeps a program running: systemd or launchd. cron and Task Scheduler only start some. */
interface Keeper {
  title: string;
  isHere: () => Promise<boolean>;
  path: () => string;
  text: (command: readonly string[], environment: Readonly<Record<string, string>>) => string;
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

const UNIT = "ccbooks-serve.service";
const LABEL = "ccbooks.serve";

const systemd: Keeper = {
  title: "systemd",
  isHere: () => succeeds("systemctl", "--user", "show-environment"),
  path: () => join(folder(), UNIT),
  text: (command, environment) => `[Unit]
Description=ccbooks: take calls in over HTTP

[Service]
ExecStart=${command.map(word).join(" ")}
${Object.entries(environment)
  .map(([name, value]) => `Environment=${assignment(name, value)}`)
  .join("\n")}
Restart=on-failure
RestartSec=5

[Install]
WantedBy=default.target
`,
  async start() {
    await ask("systemctl", ["--user", "daemon-reload"]);
    await ask("systemctl", ["--user", "enable", UNIT]);
    // One that runs goes on with what it was told before.
    await ask("systemctl", ["--user", "restart", UNIT]);
  },
  async stop() {
    await succeeds("systemctl", "--user", "disable", "--now", UNIT);
  },
};

const launchd: Keeper = {
  title: "launchd",
  isHere: async () => process.platform === "darwin",
  path: () => join(homedir(), "Library", "LaunchAgents", `${LABEL}.plist`),
  text: (command, environment) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((one) => `    <string>${escaped(one)}</string>`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(environment)
  .map(([name, value]) => `    <key>${escaped(name)}</key>\n    <string>${escaped(value)}</string>`)
  .join("\n")}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>StandardErrorPath</key>
  <string>${escaped(join(homedir(), "Library", "Logs", `${LABEL}.log`))}</string>
</dict>
</plist>
`,
  async start() {
    await succeeds("launchctl", "bootout", `${domain()}/${LABEL}`);
    await ask("launchctl", ["bootstrap", domain(), launchd.path()]);
  },
  async stop() {
    await succeeds("launchctl", "bootout", `${domain()}/${LABEL}`);
  },
};

function domain(): string {
  return `gui/${userInfo().uid}`;
}

/** A variable as systemd reads it: here $ is no sign of its own. */
function assignment(name: string, value: string): string {
  const text = `${name}=${value}`.replaceAll(/["\\]/g, String.raw`\$&`);
  return `"${text.replaceAll("%", "%%")}"`;
}

async function keeperHere(): Promise<Keeper> {
  for (const keeper of [launchd, systemd]) if (await keeper.isHere()) return keeper;
  throw new UserError(
    "Neither systemd nor launchd is at work for this user; start `ccbooks serve` yourself.",
  );
}

/** What would be told, and to whom. Nothing is touched. */
export async function planService(
  flags: readonly string[],
  db: string | undefined,
): Promise<{ title: string; unit: Unit }> {
  const keeper = await keeperHere();
  const command = [process.execPath, process.argv[1] ?? "", "serve", "--quiet", ...flags];
  return {
    title: keeper.title,
    unit: { path: keeper.path(), text: keeper.text(command, environmentOf(db)) },
  };
}

/**
 * Has the system keep the server running, in place of one that it was told of before.
 * @throws UserError where nothing here can, or it does not take it.
 */
export async function installService(
  flags: readonly string[],
  db: string | undefined,
): Promise<{ title: string; unit: Unit }> {
  const planned = await planService(flags, db);
  const { path, text } = planned.unit;
  makeFolder(dirname(path));
  // It may hold what nobody else is to know, such as a proxy's name and password.
  writeFileSync(path, text, { mode: 0o600 });
  await (await keeperHere()).start();
  return planned;
}

/** @returns who kept it running; undefined: nobody did */
export async function removeService(): Promise<string | undefined> {
  const keeper = [launchd, systemd].find((one) => existsSync(one.path()));
  if (keeper === undefined) return undefined;
  await keeper.stop();
  rmSync(keeper.path(), { force: true });
  return keeper.title;
}
