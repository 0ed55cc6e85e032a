import { execa } from "execa";

import type { Sender } from "../senders.ts";
import { jsonOf } from "../json.ts";

/** A program of the user's, with the figures as JSON on its input. */
export const command: Sender<"command"> = {
  whereTo: (channel) => `the program ${channel.command.join(" ")}`,
  async send({ command: [program = "", ...args] }, { alert, message, signal }) {
    await execa(program, args, {
      ...{ input: `${JSON.stringify(jsonOf(alert, message))}\n`, cancelSignal: signal },
      ...{ stdout: "ignore", stderr: "ignore" },
    });
  },
};
