import { createServer } from "node:http";

import { onTestFinished } from "vitest";

/** What each answer of the stand-in used. */
export const USED = {
  ...{ input_tokens: 12, cache_creation_input_tokens: 300, cache_read_input_tokens: 4000 },
  cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 0 },
  output_tokens: 7,
};

/** A stand-in for the Messages API on loopback. Its request ids are unique, as a false match would be no proof. */
export async function messagesApi(): Promise<{ url: string; answered: () => number }> {
  const unique = crypto.randomUUID().slice(0, 8);
  let answered = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += String(piece)));
    request.on("end", () => {
      if (request.url?.startsWith("/v1/messages?") !== true && request.url !== "/v1/messages") {
        response.writeHead(404, { "content-type": "application/json" }).end("{}");
        return;
      }
      answered += 1;
      const { model }: { model: string } = JSON.parse(body);
      response.writeHead(200, {
        ...{ "content-type": "text/event-stream", "request-id": `req_${unique}_${answered}` },
      });
      const said = (type: string, data: object): void => {
        response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
      };
      const message = {
        ...{ id: `msg_${unique}_${answered}`, type: "message", role: "assistant", model },
        ...{ content: [], stop_reason: null, stop_sequence: null },
        usage: { ...USED, output_tokens: 1 },
      };
      said("message_start", { message });
      said("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
      said("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Fine." } });
      said("content_block_stop", { index: 0 });
      said("message_delta", {
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: USED.output_tokens },
      });
      said("message_stop", {});
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, answered: () => answered };
}
