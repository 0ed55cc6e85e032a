import { createTransport } from "nodemailer";

import { UserError } from "../../errors.ts";
import { escaped } from "../../format/html.ts";
import type { Alert, Message } from "../message.ts";
import { fromEnvironment } from "../secrets.ts";
import type { Sender } from "../senders.ts";

/** A mail over SMTP: text and HTML. */
export const email: Sender<"email"> = {
  whereTo: ({ to, host, port }) => `${to.join(", ")} over ${host}:${port}`,
  async send({ host, port, secure, user, password, from, to }, { alert, message, signal }) {
    const isHere = ["localhost", "127.0.0.1", "::1"].includes(host);
    const transport = createTransport({
      ...{ host, port, secure },
      // A password is not sent in the clear.
      requireTLS: !secure && !isHere,
      ...(user !== undefined && {
        auth: { user: fromEnvironment(user), pass: fromEnvironment(password ?? "") },
      }),
      ...{ connectionTimeout: TIMEOUT, greetingTimeout: TIMEOUT, socketTimeout: TIMEOUT },
    });
    signal.addEventListener("abort", () => transport.close());
    try {
      await transport.sendMail({
        ...{ from: { name: "ccbooks", address: from }, to },
        ...{ subject: message.subject, text: `${message.text}\n`, html: htmlOf(alert, message) },
      });
    } catch (error) {
      throw new UserError(error instanceof Error ? error.message : String(error), { cause: error });
    } finally {
      transport.close();
    }
  },
};

const TIMEOUT = 8000;

const COLOURS = { warn: "#d0782a", over: "#c0362c" };

/** Mail programs know tables and inline styles, and little else. */
function htmlOf({ level, percent }: Alert, { subject, lines }: Message): string {
  const filled = Math.min(100, Math.max(1, Math.round(percent)));
  const bar = `<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>
<td width="${filled}%" height="10" bgcolor="${COLOURS[level]}"></td>${filled < 100 ? '<td bgcolor="#e4e4df"></td>' : ""}</tr></table>`;
  const [figures = "", ...others] = lines;
  return `<!doctype html><html lang="en"><body style="font:15px/1.5 sans-serif;color:#1b1d21;max-width:560px">
<h1 style="font-size:19px">${escaped(subject)}</h1>
<p>${escaped(figures.replace(/ {2}[█░]+$/, ""))}</p>${bar}
${others.map((line) => `<p>${escaped(line)}</p>`).join("\n")}
</body></html>`;
}
