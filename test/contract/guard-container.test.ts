import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import Docker from "dockerode";
import { afterAll, describe, expect, test } from "vitest";
import type { Refusal, Sandbox, SandboxRequest } from "../../src/domain/sandbox.ts";
import type { DockerOptions } from "../../src/sandbox/docker/docker-options.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { writeCertificates } from "../../src/sandbox/guard/certificates.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { addressOf, parent, port, resolve, rules } from "../support/guarded-hosts.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

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
