import { randomUUID } from "node:crypto";
import Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SandboxRequest } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { type BareMirror, bareMirror } from "../support/bare-mirror.ts";
import { type EngineRelay, engineRelay } from "../support/engine-relay.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

const never = new AbortController().signal;
const limits = { memoryMb: 256, cpus: 1, processes: 64, diskMb: 256, openFiles: 256 };
const owner = `test-${randomUUID()}`;

describe.skipIf(!(await dockerForTests()))("an engine that takes every call and answers none", () => {
  let relay: EngineRelay;
  beforeEach(async () => {
    relay = await engineRelay();
  });
  afterEach(async () => {
    await relay[Symbol.asyncDispose]();
    const docker = new Docker({ socketPath: "/var/run/docker.sock", host: undefined, protocol: "http" });
    const left = await docker.listContainers({ all: true, filters: { label: [`nightshift.owner=${owner}`] } });
    for (const { Id } of left) await docker.getContainer(Id).remove({ force: true });
  });
  const requestOf = (mirror: BareMirror): SandboxRequest => ({
    ...{ runId: "r", lease: 1, purpose: "work", network: "none", limits },
    mirror: mirror.path,
  });
  const provider = () => dockerProvider({ owner, socketPath: relay.path, timeoutMs: 200 });

  test("makes no sandbox and sweeps none, which may pass", async () => {
    using mirror = bareMirror({ "a.txt": "a\n" });
    const request = requestOf(mirror);
    relay.hang();
    const noEngine = { code: "sandbox_unavailable", retryable: true };
    await expect(provider().create(request, { signal: never })).rejects.toMatchObject(noEngine);
    await expect(provider().sweep(async () => false)).rejects.toMatchObject(noEngine);
    expect((await provider().check())[0]).toMatchObject({ name: "container engine", ok: false });
  });

  test("has lost the sandbox that it holds, for commands, files, shells and its removal", async () => {
    using mirror = bareMirror({ "a.txt": "a\n" });
    const request = requestOf(mirror);
    const sandbox = await dockerProvider({ owner, socketPath: relay.path, timeoutMs: 3_000 }).create(request, {
      signal: never,
    });
    // A command that is silent for longer than the engine may be is no sign of one that hangs.
    expect(await sandbox.run({ line: "sleep 4; echo on", timeoutMs: 30_000 }, { signal: never })).toMatchObject({
      output: "on\n",
    });
    relay.hang();
    const lost = { code: "sandbox_lost", retryable: true };
    const all = await Promise.allSettled([
      sandbox.run({ line: "true", timeoutMs: 60_000 }, { signal: never }),
      sandbox.readFile("/etc/hostname"),
      sandbox.writeFile("/scratch/x", Buffer.from("x")),
      sandbox.openShell({ signal: never }),
      sandbox[Symbol.asyncDispose](),
    ]);
    expect(all).toEqual(all.map(() => ({ status: "rejected", reason: expect.objectContaining(lost) })));
  });
});
