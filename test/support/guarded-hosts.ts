import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";

/** Where the guards of a file have their sockets. */
export const parent = mkdtempSync(join(tmpdir(), "guard-"));

/** The headers of all that came through to the one server behind every name, in this test. */
export const seen: IncomingMessage["headers"][] = [];
const server = createServer((request, response) => {
  seen.push(request.headers);
  if (request.url === "/away") response.writeHead(302, { location: "http://forbidden.test/" }).end();
  else if (request.url === "/big") response.end(Buffer.alloc(8_000_000));
  else request.on("data", () => undefined).on("end", () => response.end(`hello from ${request.headers.host}`));
});
await once(server.listen(0, "127.0.0.1"), "listening");
export const { port } = addressOf(server);

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(parent, { recursive: true, force: true });
});
afterEach(() => {
  seen.length = 0;
});

export function addressOf(of: { address(): string | AddressInfo | null }): AddressInfo {
  const address = of.address();
  if (address === null || typeof address === "string") throw new Error("It does not listen.");
  return address;
}

/** What a guard lets through here; where `a.cdn.test` leads it may not go. */
export const rules = () => ({
  allow: ["allowed.test", "*.cdn.test", "changing.test", "nowhere.test"],
  internal: ["allowed.test", "changing.test"],
  ports: [80, 443, port],
  loopback: true,
});

export async function resolve(host: string) {
  if (host === "nowhere.test") throw new Error("ENOTFOUND");
  return [{ address: "127.0.0.1", family: 4 }];
}
