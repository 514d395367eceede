import { once } from "node:events";
import { readdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Refusal } from "../../src/domain/sandbox.ts";
import {
  type Guard,
  type GuardOptions,
  type GuardUser,
  guardFiles,
  openGuard,
} from "../../src/sandbox/guard/open-guard.ts";
import { parent, port, resolve, rules, seen } from "../support/guarded-hosts.ts";

interface Opened extends AsyncDisposable {
  readonly guard: Guard;
  readonly told: Refusal[];
}

async function opened({ meter = { bytes: 0 }, ...changes }: Partial<GuardOptions & GuardUser> = {}): Promise<Opened> {
  const told: Refusal[] = [];
  const { allow, ...others } = rules();
  const command = () => "npm test";
  const guard = await openGuard({ parent, ...others, resolve, maxBytes: 1_000_000, command, ...changes });
  guard.admit({ allow, meter, onRefusal: (refusal) => told.push(refusal) });
  return { guard, told, [Symbol.asyncDispose]: () => guard[Symbol.asyncDispose]() };
}

const authorization = ({ username, password }: Pick<Guard, "username" | "password">) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

interface Ask {
  readonly auth?: string;
  readonly host?: string;
}

/** A plain request through the guard's socket. */
async function get(guard: Guard, url: string, { auth = authorization(guard), host }: Ask = {}): Promise<Answer> {
  const socketPath = join(guard.folder, guardFiles.proxy);
  const headers = { host: host ?? new URL(url).host, ...(auth === "" ? {} : { "proxy-authorization": auth }) };
  const asked = httpRequest({ socketPath, path: url, headers, agent: false }).end();
  const [response] = await once(asked, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

/** What the guard answers to CONNECT, and what the other side then answers to a request in the tunnel. */
async function tunnel(guard: Guard, target: string, auth = authorization(guard)): Promise<Answer> {
  const socketPath = join(guard.folder, guardFiles.proxy);
  const headers = auth === "" ? {} : { "proxy-authorization": auth };
  const asked = httpRequest({ socketPath, method: "CONNECT", path: target, headers, agent: false }).end();
  const [response, socket] = await once(asked, "connect");
  if (response.statusCode !== 200) {
    socket.destroy();
    return { status: response.statusCode, body: "" };
  }
  socket.write(`GET / HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n`);
  let body = "";
  for await (const chunk of socket) body += chunk;
  return { status: 200, body };
}

describe("the egress guard", () => {
  test("lets an allowed host through, by plain HTTP and by CONNECT", async () => {
    await using open = await opened();
    expect(await get(open.guard, `http://allowed.test:${port}/x`)).toEqual({
      status: 200,
      body: `hello from allowed.test:${port}`,
    });
    const { status, body } = await tunnel(open.guard, `allowed.test:${port}`);
    expect([status, body]).toEqual([200, expect.stringContaining(`hello from allowed.test:${port}`)]);
    expect(open.told).toEqual([]);
  });

  test("never passes its own password on", async () => {
    await using open = await opened();
    await get(open.guard, `http://allowed.test:${port}/`);
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toMatch(/proxy-authorization|Basic/i);
  });

  test("answers 407 without a password, with a wrong one, and with that of another run", async () => {
    await using open = await opened();
    await using other = await opened();
    const wrong = authorization({ username: "sandbox", password: "guess" });
    for (const auth of ["", wrong, authorization(other.guard)]) {
      expect(await get(open.guard, `http://allowed.test:${port}/`, { auth })).toMatchObject({ status: 407 });
      expect(await tunnel(open.guard, `allowed.test:${port}`, auth)).toMatchObject({ status: 407 });
    }
    expect(seen).toEqual([]);
  });

  test("refuses what is not on its list, tells it with the command, and each once", async () => {
    await using open = await opened();
    expect(await get(open.guard, "http://forbidden.test/")).toMatchObject({
      status: 403,
      body: expect.stringContaining("forbidden.test:80 (not_allowed)"),
    });
    expect(await tunnel(open.guard, "forbidden.test:443")).toMatchObject({ status: 403 });
    expect(await tunnel(open.guard, "forbidden.test:443")).toMatchObject({ status: 403 });
    const refusal = { host: "forbidden.test", reason: "not_allowed", command: "npm test" };
    expect(open.told).toEqual([
      { ...refusal, port: 80 },
      { ...refusal, port: 443 },
    ]);
  });

  test("lets nothing out before a run is admitted, and admits no second one", async () => {
    const { allow, ...others } = rules();
    const command = () => undefined;
    await using guard = await openGuard({ parent, ...others, resolve, maxBytes: 1_000_000, command });
    const url = `http://allowed.test:${port}/`;
    expect(await get(guard, url)).toMatchObject({ status: 403 });
    expect(await tunnel(guard, `allowed.test:${port}`)).toMatchObject({ status: 403 });
    expect(seen).toEqual([]);
    guard.admit({ allow, meter: { bytes: 0 } });
    expect(await get(guard, url)).toMatchObject({ status: 200 });
    expect(() => guard.admit({ allow, meter: { bytes: 0 } })).toThrow("another run's");
  });

  test("refuses other ports, also of allowed hosts", async () => {
    await using open = await opened();
    expect(await tunnel(open.guard, "allowed.test:22")).toMatchObject({ status: 403 });
    expect(open.told).toMatchObject([{ host: "allowed.test", port: 22, reason: "forbidden_port" }]);
  });

  test("refuses an allowed name that leads to an address out of bounds", async () => {
    await using open = await opened();
    expect(await tunnel(open.guard, `a.cdn.test:${port}`)).toMatchObject({ status: 403 });
    expect(open.told).toMatchObject([{ host: "a.cdn.test", reason: "forbidden_address" }]);
  });

  test("connects to the address that it judged, though the name means another one by then", async () => {
    let lookups = 0;
    const rebinding = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? "127.0.0.1" : "169.254.169.254", family: 4 }];
    };
    await using open = await opened({ resolve: rebinding });
    const { status, body } = await tunnel(open.guard, `changing.test:${port}`);
    expect([status, body]).toEqual([200, expect.stringContaining("hello")]);
    expect(lookups).toBe(1);
    expect(await get(open.guard, `http://changing.test:${port}/`)).toMatchObject({ status: 403 });
  });

  test("refuses a request whose Host names another server than its target", async () => {
    await using open = await opened();
    expect(await get(open.guard, `http://allowed.test:${port}/`, { host: "forbidden.test" })).toMatchObject({
      status: 403,
    });
    expect(seen).toEqual([]);
  });

  test.each(["[::1]:443", "127.0.0.1:80", "0x7f000001:80", "2130706433:80", "[::ffff:127.0.0.1]:80", "0:80"])(
    "refuses this machine under the name %s",
    async (target) => {
      await using open = await opened();
      expect(await tunnel(open.guard, target)).toMatchObject({ status: 403 });
    },
  );

  test.each(["ftp://allowed.test/", "https://allowed.test/", "/", "file:///etc/passwd"])(
    "takes no request for %s",
    async (url) => {
      await using open = await opened();
      expect(await get(open.guard, url, { host: "allowed.test" })).toMatchObject({ status: 400 });
    },
  );

  test("answers 502 where a name is not found, and lives on", async () => {
    await using open = await opened();
    expect(await tunnel(open.guard, "nowhere.test:443")).toMatchObject({ status: 502 });
    expect(await get(open.guard, `http://allowed.test:${port}/`)).toMatchObject({ status: 200 });
    expect(open.told).toEqual([]);
  });

  test("cuts a run off that has sent and received too much, and counts over all its sandboxes", async () => {
    const meter = { bytes: 0 };
    await using first = await opened({ meter });
    await get(first.guard, `http://allowed.test:${port}/big`).catch(() => undefined);
    expect(meter.bytes).toBeGreaterThan(1_000_000);
    await using second = await opened({ meter });
    for (const { guard, told } of [first, second]) {
      expect(await get(guard, `http://allowed.test:${port}/`)).toMatchObject({ status: 403 });
      expect(told).toMatchObject([{ host: "allowed.test", reason: "over_limit" }]);
    }
  });

  test("lives on after what is no HTTP, and closes every connection with its disposal", async () => {
    const open = await opened();
    const path = join(open.guard.folder, guardFiles.proxy);
    const noise = connect(path);
    noise.write("\0\x16\x03\x01 this is no request\r\n\r\n");
    await once(noise.resume(), "close");
    expect(await get(open.guard, `http://allowed.test:${port}/`)).toMatchObject({ status: 200 });
    const idle = connect(path);
    await once(idle, "connect");
    const closed = once(idle, "close");
    await open[Symbol.asyncDispose]();
    await closed;
    expect(readdirSync(parent)).toEqual([]);
  });

  test("says what to do where no socket can have its path", async () => {
    await expect(opened({ parent: join(parent, "x".repeat(100)) })).rejects.toMatchObject({
      code: "bad_settings",
      message: expect.stringContaining("data_dir"),
    });
  });
});
