import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Refusal, Sandbox, SandboxRequest } from "../../src/domain/sandbox.ts";
import type { DockerOptions } from "../../src/sandbox/docker/docker-options.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { writeCertificates } from "../../src/sandbox/guard/certificates.ts";
import {
  type Guard,
  type GuardOptions,
  type GuardUser,
  guardFiles,
  openGuard,
} from "../../src/sandbox/guard/open-guard.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

const parent = mkdtempSync(join(tmpdir(), "guard-"));
const seen: IncomingMessage["headers"][] = [];
const server = createHttpServer((request, response) => {
  seen.push(request.headers);
  if (request.url === "/away") response.writeHead(302, { location: "http://forbidden.test/" }).end();
  else if (request.url === "/big") response.end(Buffer.alloc(8_000_000));
  else request.on("data", () => undefined).on("end", () => response.end(`hello from ${request.headers.host}`));
});
let port = 0;

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  ({ port } = addressOf(server));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(parent, { recursive: true, force: true });
});
afterEach(() => {
  seen.length = 0;
});

function addressOf(of: { address(): string | AddressInfo | null }): AddressInfo {
  const address = of.address();
  if (address === null || typeof address === "string") throw new Error("It does not listen.");
  return address;
}

const rules = () => ({
  allow: ["allowed.test", "*.cdn.test", "changing.test", "nowhere.test"],
  internal: ["allowed.test", "changing.test"],
  ports: [80, 443, port],
  loopback: true,
});

async function resolve(host: string) {
  if (host === "nowhere.test") throw new Error("ENOTFOUND");
  return [{ address: "127.0.0.1", family: 4 }];
}

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

const hasDocker = await dockerForTests();
const owner = `test-${randomUUID()}`;
const never = new AbortController().signal;

describe.skipIf(!hasDocker)("a container behind the egress guard", () => {
  const mirror = bareMirror({ "README.md": "hello\n" });
  const guardParent = join(parent, "c");
  const provider = (changes: DockerOptions = {}) => {
    const { internal, ports, loopback } = rules();
    return dockerProvider({ owner, guard: { parent: guardParent, internal, ports, loopback, resolve }, ...changes });
  };
  afterAll(() => mirror[Symbol.dispose]());

  const request = (changes: Partial<SandboxRequest> = {}): SandboxRequest => ({
    runId: "run-1",
    lease: 1,
    purpose: "work",
    mirror: mirror.path,
    network: { allow: rules().allow },
    limits: { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 },
    ...changes,
  });
  const outputOf = async (sandbox: Sandbox, line: string) =>
    (await sandbox.run({ line, timeoutMs: 60_000 }, { signal: never })).output.trim();

  test.each([
    ["curl", (url: string) => `curl -sS ${url}`],
    ["Node", (url: string) => `node -e 'fetch("${url}").then((it) => it.text()).then(console.log)'`],
    ["Python", (url: string) => `python3 -c 'import urllib.request as u; print(u.urlopen("${url}").read().decode())'`],
  ])("reaches an allowed host with %s, which knows the way by itself", async (_, line) => {
    await using sandbox = await provider().create(request(), { signal: never });
    expect(await outputOf(sandbox, line(`http://allowed.test:${port}/`))).toBe(`hello from allowed.test:${port}`);
  });

  test("tells npm, pip, git and Java the way by their own settings", async () => {
    await using sandbox = await provider().create(request(), { signal: never });
    const lines = await outputOf(
      sandbox,
      "echo $npm_config_proxy $npm_config_https_proxy; git config http.proxy; echo $PIP_PROXY $CARGO_HTTP_PROXY; cat ~/.m2/settings.xml ~/.gradle/gradle.properties; echo $JAVA_TOOL_OPTIONS",
    );
    expect(lines.match(/http:\/\/sandbox:[\w-]+@127\.0\.0\.1:41943/g)?.length).toBe(5);
    expect(lines).toContain("<port>41943</port>");
    expect(lines).toContain("systemProp.https.proxyPort=41943");
    expect(lines).toContain("-Dhttps.proxyHost=127.0.0.1");
  });

  test("names the command under which a host was refused", async () => {
    const told: Refusal[] = [];
    const onRefusal = (refusal: Refusal) => told.push(refusal);
    await using sandbox = await provider().create(request({ onRefusal }), { signal: never });
    await outputOf(sandbox, "curl -s https://forbidden.test/ || true");
    expect(told).toEqual([
      { host: "forbidden.test", port: 443, reason: "not_allowed", command: "curl -s https://forbidden.test/ || true" },
    ]);
  });

  test("moves a large body whole, in both directions at once", async () => {
    const echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket));
    await once(echo.listen(0, "127.0.0.1"), "listening");
    const { port: echoPort } = addressOf(echo);
    const open = provider({
      guard: { parent: guardParent, internal: ["allowed.test"], ports: [echoPort], loopback: true, resolve },
    });
    await using sandbox = await open.create(request(), { signal: never });
    const program = `import hashlib, os, socket, threading, base64, urllib.parse
proxy = urllib.parse.urlparse(os.environ["HTTP_PROXY"])
auth = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
s = socket.create_connection((proxy.hostname, proxy.port))
s.sendall(f"CONNECT allowed.test:${echoPort} HTTP/1.1\\r\\nProxy-Authorization: Basic {auth}\\r\\n\\r\\n".encode())
head = b""
while not head.endswith(b"\\r\\n\\r\\n"): head += s.recv(1)
data = os.urandom(20_000_000)
def send():
    s.sendall(data); s.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
back = b"".join(iter(lambda: s.recv(65536), b""))
print(len(back), hashlib.sha256(back).digest() == hashlib.sha256(data).digest())`;
    await sandbox.writeFile(`${sandbox.scratch}/echo.py`, Buffer.from(program));
    expect(await outputOf(sandbox, `python3 ${sandbox.scratch}/echo.py`)).toBe("20000000 True");
    echo.close();
  });

  test("shares the network of a sidecar where its image cannot run the forwarder, and takes it along", async () => {
    const docker = new Docker();
    const image = `nightshift-test-${randomUUID()}`;
    const source = await docker.createContainer({
      Image: "nightshift-sandbox",
      User: "0",
      Cmd: ["rm", "/usr/bin/perl"],
    });
    await source.start();
    await source.wait();
    await source.commit({ repo: image });
    await source.remove();
    try {
      const withBare = provider();
      for (const attempt of [1, 2]) {
        await using sandbox = await withBare.create(request({ image, runId: `bare-${attempt}` }), { signal: never });
        expect(await outputOf(sandbox, "command -v perl || echo none")).toBe("none");
        expect(await outputOf(sandbox, `curl -sS http://allowed.test:${port}/`)).toBe(
          `hello from allowed.test:${port}`,
        );
        expect(await outputOf(sandbox, "curl -sS http://forbidden.test/")).toContain("not_allowed");
        expect(
          await outputOf(sandbox, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | grep -vx lo; true"),
        ).toMatch(/^(tunl0|sit0|ip6tnl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6gre0|\s)*$/);
      }
      const filters = { label: [`nightshift.owner=${owner}`] };
      expect(await docker.listContainers({ all: true, filters })).toEqual([]);

      await using _abandoned = await withBare.create(request({ image, runId: "abandoned" }), { signal: never });
      expect(await docker.listContainers({ all: true, filters })).toHaveLength(2);
      expect(await withBare.sweep(async () => false)).toBe(1);
      expect(await docker.listContainers({ all: true, filters })).toEqual([]);
    } finally {
      await docker.getImage(image).remove({ force: true });
    }
  });

  test("is swept away with its guard after its worker was killed, and not before", async () => {
    const module = new URL("../../src/sandbox/docker/docker-provider.ts", import.meta.url).href;
    const asked = JSON.stringify(request({ runId: "killed" }));
    const program = `
      const { dockerProvider } = await import(${JSON.stringify(module)});
      const provider = dockerProvider(${JSON.stringify({ owner, guard: { parent: guardParent } })});
      const sandbox = await provider.create(${asked}, { signal: new AbortController().signal });
      process.stdout.write(sandbox.id);
      setInterval(() => undefined, 1000);`;
    const worker = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    using _worker = { [Symbol.dispose]: () => worker.kill("SIGKILL") };
    const [id] = await once(worker.stdout, "data");
    const exited = once(worker, "exit");

    await using living = await provider().create(request({ runId: "living" }), { signal: never });
    const isAlive = async (runId: string) => runId === "living";
    await provider().sweep(async () => true);
    expect(readdirSync(guardParent).filter((name) => name.startsWith("g-"))).toHaveLength(2);

    worker.kill("SIGKILL");
    await exited;
    expect(await provider().sweep(isAlive)).toBe(1);
    await expect(new Docker().getContainer(String(id)).inspect()).rejects.toMatchObject({ statusCode: 404 });
    expect(readdirSync(guardParent).filter((name) => name.startsWith("g-"))).toHaveLength(1);
    expect(await outputOf(living, `curl -sS http://allowed.test:${port}/`)).toBe(`hello from allowed.test:${port}`);
  });

  test("trusts the operator's certificates besides the public ones", async () => {
    const bundle = join(parent, "operator.pem");
    writeFileSync(bundle, "operator's own\n");
    await expect(writeCertificates(bundle, parent)).rejects.toMatchObject({ code: "bad_settings" });
    writeFileSync(bundle, `# operator's own\n${rootCertificates[0]}\n`);
    const caBundle = await writeCertificates(bundle, guardParent);
    await using sandbox = await provider({ caBundle }).create(request(), { signal: never });
    const names = [
      "SSL_CERT_FILE",
      "NODE_EXTRA_CA_CERTS",
      "REQUESTS_CA_BUNDLE",
      "PIP_CERT",
      "GIT_SSL_CAINFO",
      "CARGO_HTTP_CAINFO",
    ];
    const found = await outputOf(
      sandbox,
      `for name in ${names.join(" ")}; do head -1 "\${!name}"; done; grep -c BEGIN "$SSL_CERT_FILE"; echo >>"$SSL_CERT_FILE"`,
    );
    expect(found.split("\n").slice(0, 7)).toEqual([
      ...names.map(() => "# operator's own"),
      String(rootCertificates.length + 1),
    ]);
    expect(found).toMatch(/Permission denied|Read-only file system/);
  });

  test("says that a runtime is missing, and how to add it", async () => {
    await expect(provider({ runtime: "not-installed" }).create(request(), { signal: never })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringContaining("daemon.json"),
    });
  });
});
