import { UserError } from "../../errors.ts";
import { jsonOf } from "../json.ts";
import type { Alert, Message } from "../message.ts";
import { fromEnvironment } from "../secrets.ts";
import type { Sender } from "../senders.ts";

/** What each kind of receiver takes. */
const shapes = {
  json: (alert: Alert, message: Message) => asJson(jsonOf(alert, message)),
  // Slack reads these three as its own marks.
  slack: (_: Alert, { text }: Message) =>
    asJson({
      text: text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    }),
  // Nobody is called by a name like @everyone.
  discord: (_: Alert, { text }: Message) =>
    asJson({ content: text.slice(0, 1990), allowed_mentions: { parse: [] } }),
  ntfy: ({ level }: Alert, { text }: Message) => ({
    body: text,
    headers: { Priority: level === "over" ? "high" : "default", Tags: "moneybag" },
  }),
};

function asJson(body: object): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

/** A POST to an address. */
export const webhook: Sender<"webhook"> = {
  // The address may be the secret.
  whereTo: ({ url, shape }) => `${url.includes("${") ? url : new URL(url).host} (${shape})`,
  async send({ url, shape }, { alert, message, signal }) {
    const { body, headers } = shapes[shape](alert, message);
    const response = await answerOf(addressOf(url), { body, headers, signal });
    await response.body?.cancel();
    if (response.status >= 300 && response.status < 400) {
      throw new UserError("it redirects elsewhere; name the address that it ends at");
    }
    if (!response.ok) throw new UserError(`it answered ${response.status}`);
  },
};

function addressOf(url: string): URL {
  const text = fromEnvironment(url);
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address?.protocol === "https:" || address?.protocol === "http:") return address;
  throw new UserError("its url is no http or https address; correct it");
}

async function answerOf(
  address: URL,
  request: { body: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<Response> {
  try {
    return await fetch(address, { method: "POST", redirect: "manual", ...request });
  } catch (error) {
    if (request.signal.aborted) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    const why = cause instanceof Error && cause.message !== "" ? cause.message : "no answer";
    throw new UserError(`it cannot be reached (${why})`, { cause: error });
  }
}
