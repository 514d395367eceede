import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Refusal } from "../../src/domain/sandbox.ts";
import { makeSandboxFolder } from "../../src/sandbox/sandbox-folder.ts";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";
import { run } from "../support/escape-attempt.ts";
import { escapeAttempts } from "../support/escape-attempts.ts";
import { type EscapeWorld, escapeWorld } from "../support/escape-world.ts";
import { srtForTests } from "../support/sandbox-providers.ts";

const provider = srtProvider({ owner: `test-${randomUUID()}` });
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 64, openFiles: 256 };

describe.skipIf(!(await srtForTests()))("from inside an srt sandbox, nothing", () => {
  let world: EscapeWorld;
  const refusals: Refusal[] = [];
  const open = () =>
    escapeWorld(provider, {
      runId: "run-1",
      lease: 1,
      purpose: "work",
      network: { allow: ["allowed.example", "*.below.example", "127.0.0.1", "localhost", "169.254.169.254"] },
      limits,
      onRefusal: (refusal) => refusals.push(refusal),
    });
  beforeAll(async () => {
    world = await open();
  });
  // One that was lost to an attempt would fail all others after it.
  beforeEach(async () => {
    const isThere = await run(world.sandbox, "true").then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await world[Symbol.asyncDispose]();
    world = await open();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());
  afterEach(async () => {
    expect((await run(world.sandbox, "echo alive")).output).toBe("alive\n");
  });

  for (const { name, attempt, expectation } of escapeAttempts) {
    test(name, async () => expectation(await attempt(world), world));
  }

  test("starts more processes than it may", async () => {
    // Bounded by itself, for the machine on which the limit does not hold.
    const program = `import os, signal
for _ in range(2000):
    try:
        if os.fork() == 0: signal.pause()
    except OSError: break
signal.pause()`;
    const bomb = await run(world.sandbox, `python3 -c '${program}'`, 3_000);
    expect(bomb).toMatchObject({ exitCode: null, timedOut: true });
    const count = `import os, signal
children = []
try:
    while len(children) < 500:
        child = os.fork()
        if child == 0: signal.pause()
        children.append(child)
except OSError: pass
for child in children: os.kill(child, 9)
print(len(children))`;
    expect(Number((await run(world.sandbox, `python3 -c '${count}'`)).output)).toBeLessThan(140);
  });

  // Without rights of its own a worker can make no control group, and there is no other limit that fits.
  test.skipIf(process.getuid?.() !== 0)("takes more memory than it may", async () => {
    const { exitCode } = await run(world.sandbox, "python3 -c 'bytearray(1_000_000_000)'");
    expect(exitCode).not.toBe(0);
  });

  test("opens more files, or writes a longer one, than it may", async () => {
    const files = "python3 -c 'files = [open(\"/dev/null\") for _ in range(2000)]'";
    expect((await run(world.sandbox, files)).output).toContain("Too many open files");
    expect((await run(world.sandbox, "head -c 200000000 /dev/zero >large; stat -c %s large; rm large")).output).toMatch(
      /67108864\n$/,
    );
  });

  test("fills the disk, by many files or in a shell that stays", async () => {
    await using sandbox = await world.makeSandbox();
    const { signal } = new AbortController();
    const line = "i=0; while true; do i=$((i+1)); head -c 4000000 /dev/zero >file$i; sleep 0.05; done";
    const full = {
      exitCode: null,
      timedOut: false,
      diskFull: true,
      output: expect.stringContaining("sandbox.disk_mb"),
    };
    expect(await run(sandbox, line)).toMatchObject(full);
    expect((await run(sandbox, "rm -f file*; echo on")).output).toBe("on\n");
    await using shell = await sandbox.openShell({ signal });
    expect(await shell.run({ line, timeoutMs: 30_000 }, { signal })).toMatchObject(full);
  });

  test("fills the disk from the background, whatever it made of itself, or by short commands in turn", async () => {
    await using sandbox = await world.makeSandbox();
    const write = (file: string) => `head -c 4000000 /dev/zero >${file}`;
    const loop = `i=0; while true; do i=$((i+1)); ${write("back$i")}; sleep 0.05; done`;
    await run(sandbox, `setsid env -i PATH="$PATH" sh -c '${loop}' >/dev/null 2>&1 &`);
    const files = async () => (await run(sandbox, "ls | wc -l")).output.trim();
    const isOver = async () => (await run(sandbox, "[ $(du -sm . | cut -f 1) -gt 64 ]")).exitCode === 0;
    await expect.poll(isOver, { timeout: 20_000, interval: 100 }).toBe(true);
    const isStill = async () => (await files()) === (await run(sandbox, "sleep 0.2; ls | wc -l")).output.trim();
    await expect.poll(isStill, { timeout: 20_000, interval: 100 }).toBe(true);

    await run(sandbox, "rm back*");
    const filling = async () => {
      for (let count = 0; count < 5_000; count += 1) await run(sandbox, write(`turn${count}`));
    };
    await expect(filling()).rejects.toMatchObject({
      code: "sandbox_failed",
      message: expect.stringMatching(/has written more.*5 times/),
    });
  });

  test("is let out to a host that is not allowed, and each refusal is told with its command", async () => {
    refusals.length = 0;
    const line =
      "curl -sS --max-time 5 https://evil.example/ http://a.below.example:8080/ http://127.0.0.1/ http://localhost/";
    const { exitCode } = await run(world.sandbox, `${line} --noproxy ''; false`);
    expect(exitCode).toBe(1);
    const command = `${line} --noproxy ''; false`;
    expect(refusals).toEqual([
      { host: "evil.example", port: 443, reason: "not_allowed", command },
      { host: "a.below.example", port: 8080, reason: "forbidden_port", command },
      { host: "127.0.0.1", port: 80, reason: "forbidden_address", command },
      { host: "localhost", port: 80, reason: "forbidden_address", command },
    ]);
  });

  test("is told of hosts without end", async () => {
    await using sandbox = await world.makeSandbox();
    refusals.length = 0;
    await run(sandbox, "curl -s $(seq -f 'http://h%g.example/' 300)");
    await expect.poll(() => refusals.length).toBeGreaterThanOrEqual(100);
    await run(sandbox, "curl -s http://last.example/");
    expect(refusals).toHaveLength(100);
  });

  test("uses the proxy of another sandbox", async () => {
    const proxy = (await run(world.other, "echo $HTTP_PROXY")).output.trim();
    const { output } = await run(
      world.sandbox,
      `curl -sS --max-time 5 -w '%{http_code}' -x '${proxy}' http://allowed.example/`,
    );
    expect(output).toBe("407");
  });

  test("that kills the program which starts commands goes unnoticed: the sandbox is lost", async () => {
    const sandbox = await world.makeSandbox();
    await expect(run(sandbox, "kill -KILL $PPID; sleep 20")).rejects.toMatchObject({
      code: "sandbox_lost",
      retryable: true,
    });
    await sandbox[Symbol.asyncDispose]();
  });

  test("stays of a doctor that was killed, once another one comes", async () => {
    const parent = await mkdtemp(join(tmpdir(), "doctors-"));
    const leftBy = (lease: number) =>
      makeSandboxFolder(parent, "srt doctor", {
        runId: "check",
        lease,
        purpose: "verify",
        mirror: world.mirror,
        network: "none",
        limits,
      });
    const [killed, atWork] = [await leftBy(Date.now() - 3_600_000), await leftBy(Date.now())];
    expect(await srtProvider({ parent }).check()).toMatchObject([{ ok: true }, { ok: true }]);
    expect([killed, atWork].map((folder) => existsSync(folder))).toEqual([false, true]);
    await rm(parent, { recursive: true });
  });

  test("goes on when the worker is killed, even if it stopped what would end it, and the folder is swept away", async () => {
    const program = join(import.meta.dirname, "../support/srt-worker.ts");
    const worker = spawn(process.execPath, [program, world.mirror], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(worker.stdout, "data");
    const pulse = String(said);
    worker.kill("SIGKILL");
    await once(worker, "exit");
    let size = -1;
    const isStill = () => {
      const last = size;
      size = statSync(pulse).size;
      return size === last;
    };
    await expect.poll(isStill, { timeout: 20_000, interval: 500 }).toBe(true);
    const isDead = async () => false;
    expect(await srtProvider({ owner: "test-killed-worker" }).sweep(isDead)).toBeGreaterThan(0);
    expect(existsSync(pulse)).toBe(false);
  });
});
