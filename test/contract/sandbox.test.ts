import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import Docker from "dockerode";
import { afterAll, describe, expect, test } from "vitest";
import type { Command, Sandbox, SandboxLimits, SandboxProvider, SandboxRequest } from "../../src/domain/sandbox.ts";
import { chooseProvider, findProvider } from "../../src/sandbox/choose-provider.ts";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";
import { writeCertificates } from "../../src/sandbox/guard/certificates.ts";
import { processProvider } from "../../src/sandbox/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { dockerForTests, srtForTests } from "../support/sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

// Sandboxes of a test file are its own: a sweep elsewhere must not see them.
const owner = `test-${randomUUID()}`;
const limits: SandboxLimits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
const never = new AbortController().signal;

function request(changes: Partial<SandboxRequest> = {}): SandboxRequest {
  return { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits, ...changes };
}

function run(sandbox: Sandbox, line: string, more: Partial<Command> = {}, signal: AbortSignal = never) {
  return sandbox.run({ line, timeoutMs: 30_000, ...more }, { signal });
}

async function outputOf(sandbox: Sandbox, line: string): Promise<string> {
  return (await run(sandbox, line)).output.trim();
}

const hasDocker = await dockerForTests();
const hasSrt = await srtForTests();
const providers = [
  { provider: dockerProvider({ owner }), here: hasDocker },
  { provider: srtProvider({ owner }), here: hasSrt },
  { provider: processProvider({ owner }), here: true },
];

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a sandbox of the ${provider.name} provider`, () => {
    const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });

    test("starts with an empty workspace that commands run in and can write", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "pwd; ls -A; echo text >file; cat file");
      expect(result).toEqual({
        exitCode: 0,
        timedOut: false,
        output: `${sandbox.workspace}\ntext\n`,
        durationMs: expect.any(Number),
      });
    });

    test("gives a home, a scratch folder and a folder for temporary files, outside the workspace", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, `touch ~/a "$TMPDIR/b" ${sandbox.scratch}/c && ls -A`);
      expect(result).toMatchObject({ exitCode: 0, output: "" });
    });

    test("tells the exit code, and both outputs in the order in which they came", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "for i in 1 2 3; do echo out$i; echo err$i >&2; done; exit 7");
      expect(result).toMatchObject({ exitCode: 7, output: "out1\nerr1\nout2\nerr2\nout3\nerr3\n" });
    });

    test("runs lines for bash, in the folder and with the variables that are asked for", async () => {
      await using sandbox = await create();
      await run(sandbox, "mkdir -p 'a folder'");
      const line = '[[ "$GREETING" =~ ^h ]] && echo "$GREETING" && pwd';
      const result = await run(sandbox, line, { cwd: "a folder", env: { GREETING: "hé $HOME\n!" } });
      expect(result.output).toBe(`hé $HOME\n!\n${sandbox.workspace}/a folder\n`);
    });

    test("tells of a folder that is not there as a failed command", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "echo never", { cwd: "/not/there" });
      expect(result.exitCode).toBe(1);
      expect(result.output).toContain("/not/there");
    });

    test("kills all of a command at its time-out, and nothing else", async () => {
      await using sandbox = await create();
      await run(sandbox, "sleep 300 >/dev/null 2>&1 & echo $! >bystander");
      const detached = `require("node:child_process").spawn("sleep", ["60"], { detached: true })`;
      const line = `sleep 60 & echo $! >pids; node -e 'console.log((${detached}).pid)' >>pids & touch ready; sleep 60`;
      const result = await run(sandbox, line, { timeoutMs: 1_500 });
      expect(result).toMatchObject({ exitCode: null, timedOut: true });
      expect(result.durationMs).toBeLessThan(20_000);
      // Dead ones may stay in the table until they are collected.
      const gone = await run(sandbox, 'for pid in $(cat pids); do while kill -0 "$pid"; do :; done; done; wc -l <pids');
      expect(gone).toMatchObject({ exitCode: 0 });
      expect(gone.output.trim().endsWith("2")).toBe(true);
      expect(await run(sandbox, "kill -0 $(cat bystander)")).toMatchObject({ exitCode: 0 });
    });

    test("keeps what was printed before the time-out", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "echo before; sleep 60", { timeoutMs: 1_000 });
      expect(result.output).toBe("before\n");
    });

    test("stops a command when the signal fires and lives on", async () => {
      await using sandbox = await create();
      const controller = new AbortController();
      const running = run(sandbox, "echo $$ >pid; sleep 60", {}, controller.signal);
      await run(sandbox, "until [ -s pid ]; do :; done");
      controller.abort();
      await expect(running).rejects.toMatchObject({ code: "cancelled" });
      expect(await run(sandbox, "while kill -0 $(cat pid); do :; done")).toMatchObject({ exitCode: 0 });
    });

    test("starts nothing once the signal has fired", async () => {
      const gone = AbortSignal.abort();
      await expect(provider.create(request(), { signal: gone })).rejects.toMatchObject({ code: "cancelled" });
      await using sandbox = await create();
      await expect(run(sandbox, "touch file", {}, gone)).rejects.toMatchObject({ code: "cancelled" });
      expect(await outputOf(sandbox, "ls")).toBe("");
    });

    test("lets a process that a command left behind go on, until disposal", async () => {
      await using sandbox = await create();
      const first = await run(sandbox, "(until [ -e stop ]; do sleep 0.02; done; touch stopped) & echo started");
      expect(first).toMatchObject({ exitCode: 0, output: "started\n" });
      const second = await run(sandbox, "touch stop; until [ -e stopped ]; do sleep 0.02; done");
      expect(second).toMatchObject({ exitCode: 0, timedOut: false });
    });

    test("says null for the exit code of a command that was killed", async () => {
      await using sandbox = await create();
      expect(await run(sandbox, "kill -KILL $$")).toMatchObject({ exitCode: null, timedOut: false });
    });

    test("keeps the beginning and the end of a huge output and says how much is left out", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo last; exit 3");
      expect(result.exitCode).toBe(3);
      expect(result.output.length).toBeLessThan(1_001_000);
      expect(result.output).toMatch(/^first\nx+\n\[\.\.\. 4000011 bytes left out \.\.\.\]\nx+last\n$/);
    });

    test("replaces what is not UTF-8", async () => {
      await using sandbox = await create();
      expect((await run(sandbox, "printf 'a\\377b'")).output).toBe("a\u{fffd}b");
    });

    test("writes and reads bytes as they are, under any name", async () => {
      await using sandbox = await create();
      const content = randomBytes(3_000_000);
      const path = `${sandbox.workspace}/a folder\n/ü 'quoted' "$HOME" -x\n`;
      await sandbox.writeFile(path, content);
      expect((await sandbox.readFile(path)).equals(content)).toBe(true);
      await sandbox.writeFile(path, new Uint8Array());
      expect(await sandbox.readFile(path)).toHaveLength(0);
    });

    test("keeps a file's mode and owner when it is written again", async () => {
      await using sandbox = await create();
      const path = `${sandbox.workspace}/tool`;
      await run(sandbox, "echo old >tool; chmod 751 tool");
      await sandbox.writeFile(path, Buffer.from("#!/bin/sh\necho new\n"));
      await sandbox.writeFile(`${sandbox.scratch}/fresh`, Buffer.from("x"));
      expect(
        await outputOf(sandbox, `ls -l tool | cut -c1-10; ./tool; [ -O ${sandbox.scratch}/fresh ] && echo mine`),
      ).toBe("-rwxr-x--x\nnew\nmine");
    });

    test("refuses to read what is no file, is missing or is too large, and to write where it cannot", async () => {
      await using sandbox = await create();
      const bad = { code: "bad_input" };
      await run(sandbox, "mkdir folder; mkfifo pipe; echo 12345 >six");
      const at = (name: string) => `${sandbox.workspace}/${name}`;
      await expect(sandbox.readFile(at("missing"))).rejects.toMatchObject(bad);
      await expect(sandbox.readFile(at("folder"))).rejects.toMatchObject(bad);
      await expect(sandbox.readFile(at("pipe"))).rejects.toMatchObject(bad);
      await expect(sandbox.readFile(at("six"), { maxBytes: 5 })).rejects.toMatchObject(bad);
      expect(await sandbox.readFile(at("six"), { maxBytes: 6 })).toHaveLength(6);
      await expect(sandbox.readFile("six")).rejects.toMatchObject(bad);
      await expect(sandbox.writeFile(at("folder"), Buffer.from("x"))).rejects.toMatchObject(bad);
      await expect(sandbox.writeFile(at("six/seven"), Buffer.from("x"))).rejects.toMatchObject(bad);
    });

    test("refuses a line that no system would take", async () => {
      await using sandbox = await create();
      await expect(run(sandbox, `: ${"x".repeat(200_000)}`)).rejects.toMatchObject({ code: "bad_input" });
      await expect(run(sandbox, "echo \0")).rejects.toMatchObject({ code: "bad_input" });
      expect(await run(sandbox, `: ${"x".repeat(120_000)}`)).toMatchObject({ exitCode: 0 });
    });

    test("shows nothing of the host's environment", async () => {
      process.env["NIGHTSHIFT_TEST_SECRET"] = "open sesame";
      await using sandbox = await create();
      const names = await outputOf(sandbox, "env | cut -d= -f1 | grep -v '^_$' | sort");
      expect(names).not.toContain("NIGHTSHIFT_TEST_SECRET");
      for (const name of ["HOME", "PATH", "LANG", "CI"]) expect(names.split("\n")).toContain(name);
    });

    test("clones from the mirror, which belongs to somebody else, and commits", async () => {
      await using sandbox = await create();
      const line = `git clone --quiet --shared "${sandbox.mirror}" . && echo more >>README.md && git commit --quiet -am Second && git log --format=%s`;
      expect(await run(sandbox, line)).toMatchObject({ exitCode: 0, output: "Second\nFirst\n" });
    });

    test("runs Node and npm", async () => {
      await using sandbox = await create();
      expect(await outputOf(sandbox, "node -p 'process.versions.node.split(\".\")[0]'")).toBe("24");
      expect(await run(sandbox, "npm --version")).toMatchObject({ exitCode: 0 });
    });

    test("is gone after its disposal, says so, and may be disposed of again", async () => {
      const sandbox = await create();
      await run(sandbox, "sleep 60 & mkdir -p locked/away && chmod 0 locked");
      await sandbox[Symbol.asyncDispose]();
      const lost = { code: "sandbox_lost", retryable: true };
      await expect(run(sandbox, "true")).rejects.toMatchObject(lost);
      await expect(sandbox.readFile(`${sandbox.workspace}/x`)).rejects.toMatchObject(lost);
      await expect(sandbox.writeFile(`${sandbox.workspace}/x`, Buffer.from("x"))).rejects.toMatchObject(lost);
      await sandbox[Symbol.asyncDispose]();
    });

    test("is swept away when its run or its lease is dead, and only then", async () => {
      await using living = await create({ runId: "living", lease: 2 });
      await using stale = await create({ runId: "living", lease: 1 });
      await using dead = await create({ runId: "dead" });
      const isAlive = async (runId: string, lease: number) => runId === "living" && lease === 2;
      expect(await provider.sweep(isAlive)).toBe(2);
      expect(await provider.sweep(isAlive)).toBe(0);
      expect(await outputOf(living, "echo alive")).toBe("alive");
      await expect(run(stale, "true")).rejects.toMatchObject({ code: "sandbox_lost" });
      await expect(run(dead, "true")).rejects.toMatchObject({ code: "sandbox_lost" });
    });

    test("is made by a provider that finds itself in order", async () => {
      const checks = await provider.check();
      expect(checks.every((check) => check.ok)).toBe(true);
      expect(provider.warning === undefined).toBe(provider.name !== "process");
    });
  });
}

describe.skipIf(!hasDocker)("a sandbox of the docker provider, as a container,", () => {
  const provider: SandboxProvider = dockerProvider({ owner });
  const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });

  test("runs as nobody special, without capabilities and without a way to gain any", async () => {
    await using sandbox = await create();
    const status = await outputOf(
      sandbox,
      "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'",
    );
    expect(status).toBe("1000\nCapEff:0000000000000000\nCapBnd:0000000000000000\nNoNewPrivs:1");
  });

  test("has no network but its loopback, whatever it may reach", async () => {
    const interfaces =
      "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | grep -vE '^(tunl|sit|ip6tnl|gre|erspan|ip_vti|ip6_vti)'";
    await using closed = await create();
    await using open = await create({ network: { allow: ["*"] } });
    expect(await outputOf(closed, interfaces)).toBe("lo");
    expect(await outputOf(open, interfaces)).toBe("lo");
    const metadata = `curl -s -o /dev/null -w '%{http_code}' --max-time 5 http://169.254.169.254/ --proxy "$HTTP_PROXY"`;
    expect(await outputOf(open, metadata)).toBe("403");
  });

  test("cannot write to the mirror, whatever the rights of its files", async () => {
    using open = bareMirror({ "README.md": "hello\n" });
    chmodSync(open.path, 0o777);
    await using sandbox = await create({ mirror: open.path });
    expect(await run(sandbox, `touch ${sandbox.mirror}/x`)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining("Read-only file system"),
    });
    const result = await run(sandbox, `git clone --quiet ${sandbox.mirror} . && git push --quiet origin HEAD:other`);
    expect(result.exitCode).not.toBe(0);
  });

  test("is killed for its memory, not the sandbox", async () => {
    await using sandbox = await create({ limits: { ...limits, memoryMb: 64 } });
    const result = await run(sandbox, "python3 -c 'bytearray(300_000_000)'; exit $?");
    expect(result).toMatchObject({ exitCode: null, timedOut: false });
    expect(await outputOf(sandbox, "echo alive")).toBe("alive");
  });

  test("may start so many processes and no more", async () => {
    await using sandbox = await create({ limits: { ...limits, processes: 40 } });
    const program = `import os, signal
children = []
try:
    while len(children) < 200:
        child = os.fork()
        if child == 0: signal.pause()
        children.append(child)
except OSError: pass
for child in children: os.kill(child, 9)
print(len(children))`;
    const count = Number(await outputOf(sandbox, `python3 -c '${program}'`));
    expect(count).toBeGreaterThan(20);
    expect(count).toBeLessThan(40);
  });

  test("lives on, with its files, after a command that left no room for one more process", async () => {
    await using sandbox = await create({ limits: { ...limits, processes: 40 } });
    const program = `import os, signal
while True:
    try: os.fork()
    except OSError: signal.pause()`;
    const result = await run(sandbox, `echo kept >file; python3 -c '${program}'`, { timeoutMs: 2_000 });
    expect(result).toMatchObject({ exitCode: null, timedOut: true });
    expect(await outputOf(sandbox, "cat file; pgrep -c python3")).toBe("kept\n0");
  });

  test("leaves no container and no volume behind", async () => {
    const engine = new Docker();
    const filters = { label: [`nightshift.owner=${owner}`] };
    await using sandbox = await create({ runId: "labelled", lease: 3, purpose: "verify" });
    const [found] = await engine.listContainers({ filters });
    expect(found?.Labels).toMatchObject({
      "nightshift.run": "labelled",
      "nightshift.lease": "3",
      "nightshift.purpose": "verify",
    });
    const container = engine.getContainer(found?.Id ?? "");
    expect((await container.inspect()).Mounts.map((mount) => mount.Type)).toEqual(["bind"]);
    await sandbox[Symbol.asyncDispose]();
    expect(await engine.listContainers({ all: true, filters })).toEqual([]);
    await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test("that vanishes under a command is lost, which is no result of the command", async () => {
    await using sandbox = await create({ runId: "vanishing" });
    const running = run(sandbox, "touch started; sleep 60");
    const outcome = expect(running).rejects.toMatchObject({ code: "sandbox_lost", retryable: true });
    await run(sandbox, "until [ -e started ]; do :; done");
    await provider.sweep(async (runId) => runId !== "vanishing");
    await outcome;
  });

  test("needs the mirror where the engine can see it", async () => {
    await expect(create({ mirror: "/not/there.git" })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringContaining("/not/there.git"),
    });
  });

  test("needs its image, and how to build it is said", async () => {
    const without = dockerProvider({ owner, image: "nightshift-not-built" });
    await expect(without.create(request(), { signal: never })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringContaining("docker build --target sandbox -t nightshift-not-built ."),
    });
    const [engine, image] = await without.check();
    expect(engine).toMatchObject({ ok: true });
    expect(image).toMatchObject({ ok: false, remedy: expect.stringContaining("docker build") });
  });
});

describe("a sandbox of the process provider, as processes of this machine,", () => {
  test("takes with it what a command left behind", async () => {
    const provider = processProvider({ owner });
    const sandbox = await provider.create(request(), { signal: never });
    const pid = Number(await outputOf(sandbox, "sleep 60 & echo $!"));
    expect(process.kill(pid, 0)).toBe(true);
    await sandbox[Symbol.asyncDispose]();
    // A dead one stays in the table until it is collected.
    await expect.poll(() => isRunning(pid), { timeout: 30_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("without a container engine", () => {
  const docker = { socketPath: "/not/there/docker.sock" };

  test("the docker provider says what to install", async () => {
    const provider = dockerProvider(docker);
    const unavailable = { code: "sandbox_unavailable", message: expect.stringContaining("Install Docker") };
    await expect(provider.create(request(), { signal: never })).rejects.toMatchObject(unavailable);
    await expect(provider.sweep(async () => false)).rejects.toMatchObject(unavailable);
    expect(await provider.check()).toMatchObject([{ ok: false, remedy: expect.stringContaining("Install Docker") }]);
  });

  test.skipIf(!hasSrt)("`auto` takes srt, and why is told", async () => {
    const found = await findProvider({ docker });
    expect(found.provider).toMatchObject({ name: "srt", warning: undefined });
    expect(found.checks[0]).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^srt, because of container engine: /),
    });
    expect(await chooseProvider("auto", { docker })).toMatchObject({ name: "srt" });
  });

  test("`auto` refuses where srt lacks its programs and names the choices, and `process` is taken only by name", async () => {
    const srt = { path: "/not/there" };
    await expect(chooseProvider("auto", { docker, srt })).rejects.toMatchObject({
      code: "sandbox_unavailable",
      message: expect.stringMatching(/Install Docker.*Install what is missing: .*ripgrep.*provider: process/),
    });
    expect(await chooseProvider("process", { docker, srt })).toMatchObject({ name: "process" });
  });

  test.skipIf(!hasDocker)("`auto` takes Docker where it is ready", async () => {
    expect(await chooseProvider("auto")).toMatchObject({ name: "docker", warning: undefined });
  });
});

describe.skipIf(!hasSrt)("an srt sandbox", () => {
  test("trusts the operator's certificates besides the public ones, and cannot change them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "certificates-"));
    try {
      writeFileSync(join(folder, "operator.pem"), `# operator's own\n${rootCertificates[0]}\n`);
      const caBundle = await writeCertificates(join(folder, "operator.pem"), join(folder, "guard"));
      await using sandbox = await srtProvider({ owner, caBundle }).create(request(), { signal: never });
      const line =
        'for f in "$SSL_CERT_FILE" "$NODE_EXTRA_CA_CERTS" "$GIT_SSL_CAINFO"; do head -1 "$f"; done; echo >>"$SSL_CERT_FILE"';
      const found = await outputOf(sandbox, line);
      expect(found).toMatch(/^(# operator's own\n){3}.*(Permission denied|Read-only file system|No such file)/s);
      expect(readFileSync(caBundle, "utf8").endsWith("-----END CERTIFICATE-----\n")).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
