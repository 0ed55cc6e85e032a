import { execa } from "execa";

import { UserError } from "../../errors.ts";
import type { Sender } from "../senders.ts";

/** The words are arguments or in the environment, so that no name is run. */
const PROGRAMS: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: [
    "osascript",
    ...[
      "-e",
      "on run argv",
      "-e",
      "display notification (item 2 of argv) with title (item 1 of argv)",
    ],
    ...["-e", "end run"],
  ],
  win32: [
    ...["powershell", "-NoProfile", "-NonInteractive", "-Command"],
    `Add-Type -AssemblyName System.Windows.Forms;
     $icon = New-Object System.Windows.Forms.NotifyIcon;
     $icon.Icon = [System.Drawing.SystemIcons]::Warning; $icon.Visible = $true;
     $icon.ShowBalloonTip(10000, $env:CCBOOKS_ALERT_TITLE, $env:CCBOOKS_ALERT_TEXT, 'Warning');
     Start-Sleep -Seconds 5; $icon.Dispose()`,
  ],
};

/** A notification of the desktop: notify-send, osascript or PowerShell. */
export const desktop: Sender<"desktop"> = {
  whereTo: () => "the desktop of this machine",
  async send(_, { alert, message, signal }) {
    const title = `ccbooks: ${message.subject}`;
    const text = message.lines.join("\n");
    const level = alert.level === "over" ? "critical" : "normal";
    // notify-send takes the text for markup.
    const linux = [
      "notify-send",
      "--app-name=ccbooks",
      `--urgency=${level}`,
      "--",
      title,
      marked(text),
    ];
    const own = PROGRAMS[process.platform];
    const [program = "", ...args] =
      own === undefined ? linux : process.platform === "darwin" ? [...own, title, text] : own;
    try {
      await execa(program, args, {
        ...{ cancelSignal: signal, stdin: "ignore" },
        env: { CCBOOKS_ALERT_TITLE: title, CCBOOKS_ALERT_TEXT: text },
      });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        throw new UserError(`there is no ${program} here; install it`, { cause: error });
      }
      throw error;
    }
  },
};

function marked(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
