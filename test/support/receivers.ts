import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { SMTPServer } from "smtp-server";
import { onTestFinished } from "vitest";

import { root } from "./home.ts";

/** Real servers on loopback that alerts are sent to. They end with the test. */

export const certificate = join(root, "test", "support", "certificate");

export interface Received {
  headers: IncomingMessage["headers"];
  body: string;
}

/** An HTTP server that notes what it is sent, and answers as it is told. */
export async function receiver(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${portOf(server.address())}/hook`, received };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** All is well. */
export const ok = (response: ServerResponse): void => void response.end("ok");

export interface Mail {
  user: string | undefined;
  isSecure: boolean;
  to: string[];
  text: string;
}

/** An SMTP server that knows one password. */
export async function mailServer(secure: boolean): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...{ secure, authOptional: false, logger: false },
    cert: readFileSync(join(certificate, "cert.pem")),
    key: readFileSync(join(certificate, "key.pem")),
    onAuth({ username, password }, _, done) {
      if (password === "s3cret") done(null, { user: username ?? "" });
      else done(new Error("wrong password"));
    },
    onData(stream, session, done) {
      let text = "";
      stream.setEncoding("utf8");
      stream.on("data", (piece: string) => (text += piece));
      stream.on("end", () => {
        const { rcptTo } = session.envelope;
        mails.push({
          user: session.user,
          isSecure: session.secure,
          to: rcptTo.map(({ address }) => address),
          text,
        });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port: portOf(server.server.address()), mails };
}
