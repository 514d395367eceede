import { chmodSync } from "node:fs";
import Docker from "dockerode";
import { describe, expect, test } from "vitest";
import type { SandboxProvider, SandboxRequest } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { hasDocker, limits, never, outputOf, owner, request, run } from "../support/sandboxes.ts";

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
