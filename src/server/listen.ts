import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

import { getRequestListener } from "@hono/node-server";

import { errorCode, UserError } from "../errors.ts";

/** Where the server listens. */
export interface Place {
  host: string;
  port: number;
  /** Files of a certificate and its key; null: without TLS. */
  tls: { certificate: string; key: string } | null;
}

/** How long a client may take for its headers, and for all it sends, in milliseconds. */
const HEADERS_TIMEOUT = 5000;
const REQUEST_TIMEOUT = 15_000;

/** More than any client keeps open, and few enough that slow ones do not use up what the system has. */
const MOST_CONNECTIONS = 1000;

/** A server that listens. */
export interface Listening {
  url: string;
  /** Answers what has come in, and ends. */
  end: () => Promise<void>;
}

/**
 * Starts to listen.
 * @throws UserError when that cannot be, such as where the port is taken.
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port, tls }: Place,
): Promise<Listening> {
  const limits = {
    ...{ headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT },
    ...{ connectionsCheckingInterval: 1000, keepAliveTimeout: 65_000 },
  };
  const listener = getRequestListener(fetch);
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    void listener(request, response);
  };
  const server: Server =
    tls === null
      ? createServer(limits, answer)
      : createSecureServer(
          { ...limits, cert: fileAt(tls.certificate), key: fileAt(tls.key) },
          answer,
        );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(explained(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = addressOf(server);
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `${tls === null ? "http" : "https"}://${name}:${address.port}`,
    end: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address;
}

function fileAt(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(
      `${path} cannot be read (${errorCode(error)}); name a PEM file that you may read.`,
    );
  }
}

function explained(error: unknown, host: string, port: number): unknown {
  const where = `${host}:${port}`;
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return new UserError(`${where} is taken; end what listens there, or give another --port.`);
    case "EACCES":
      return new UserError(`${where} may not be listened at; give a --port above 1023.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new UserError(`This machine has no address ${host}; give another --host.`);
    default:
      return error;
  }
}
