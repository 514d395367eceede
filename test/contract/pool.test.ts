import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Refusal, Sandbox, SandboxRequest } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { guardFiles } from "../../src/sandbox/guard/open-guard.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

const parent = mkdtempSync(join(tmpdir(), "pool-"));
const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => {
  mirror[Symbol.dispose]();
  rmSync(parent, { recursive: true, force: true });
});

const never = new AbortController().signal;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };

function request(changes: Partial<SandboxRequest> = {}): SandboxRequest {
  const network = { allow: ["allowed.test"] };
  return { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network, limits, ...changes };
}

describe.skipIf(!(await dockerForTests()))("a container that waits for a run", () => {
  const engine = new Docker();
  const owner = `test-${randomUUID()}`;
  const options = { owner, guard: { parent } };
  const pooled = (size = 1) => dockerProvider({ ...options, pool: { size } });
  const create = (provider: ReturnType<typeof pooled>, changes: Partial<SandboxRequest> = {}) =>
    provider.create(request(changes), { signal: never });

  const ours = () => engine.listContainers({ all: true, filters: { label: [`nightshift.owner=${owner}`] } });
  const waiting = async () =>
    (await ours()).filter(({ Labels, Names, State }) => {
      const isTaken = Names.some((name) => name.startsWith("/nightshift."));
      return Labels["nightshift.waiting"] !== "" && !isTaken && State === "running";
    });
  /** The one that waits now, once it does. */
  const theWaiting = async () => {
    await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(1);
    const [found] = await waiting();
    if (found === undefined) throw new Error("It has gone again.");
    return { id: found.Id.slice(0, 12), container: engine.getContainer(found.Id), labels: found.Labels };
  };
  const hasWaited = async ({ id }: Sandbox) =>
    (await engine.getContainer(id).inspect()).Config.Labels["nightshift.waiting"] !== "";

  afterEach(async () => {
    expect(await ours()).toEqual([]);
    expect(readdirSync(parent).filter((name) => name.startsWith("g-"))).toEqual([]);
  });

  test("is taken by the next that wants the same, once, and another one takes its place", async () => {
    await using provider = pooled();
    await using first = await create(provider);
    expect(await hasWaited(first)).toBe(false);
    const { id } = await theWaiting();
    await using second = await create(provider, { runId: "run-2", network: { allow: ["other.test"] } });
    expect(second.id).toBe(id);
    expect((await theWaiting()).id).not.toBe(id);
    await using third = await create(provider, { purpose: "verify" });
    await using fourth = await create(provider);
    expect(new Set([first, second, third, fourth].map((it) => it.id)).size).toBe(4);
    expect(await output(third, "pwd; ls -A; id -u")).toBe("/workspace\n1000\n");
  });

  test("is taken by one of several that ask at the same time", async () => {
    await using provider = pooled();
    await using first = await create(provider);
    const all = await Promise.all([create(provider), create(provider), create(provider)]);
    await using _all = { [Symbol.asyncDispose]: async () => void (await Promise.all(all.map(dispose))) };
    expect(new Set([first, ...all].map((it) => it.id)).size).toBe(4);
  });

  test("is not taken by whoever wants another mirror, other limits or another network", async () => {
    using other = bareMirror({ "README.md": "other\n" });
    await using provider = pooled(10);
    await using _first = await create(provider);
    await theWaiting();
    await using elsewhere = await create(provider, { mirror: other.path });
    await using larger = await create(provider, { limits: { ...limits, memoryMb: 600 } });
    await using offline = await create(provider, { network: "none" });
    expect(await Promise.all([elsewhere, larger, offline].map(hasWaited))).toEqual([false, false, false]);
    expect(await output(elsewhere, `git --git-dir=${elsewhere.mirror} show HEAD:README.md`)).toBe("other\n");
  });

  test("is not taken when its mirror was made anew meanwhile, of which it sees the old one", async () => {
    using moved = bareMirror({ "README.md": "hello\n" });
    await using provider = pooled();
    await using _first = await create(provider, { mirror: moved.path });
    await theWaiting();
    cpSync(moved.path, `${moved.path}.new`, { recursive: true });
    renameSync(moved.path, `${moved.path}.old`);
    renameSync(`${moved.path}.new`, moved.path);
    await using second = await create(provider, { mirror: moved.path });
    expect(await hasWaited(second)).toBe(false);
    rmSync(`${moved.path}.old`, { recursive: true });
    expect(await output(second, `git --git-dir=${second.mirror} show HEAD:README.md`)).toBe("hello\n");
  });

  test("lets nothing out, and then what its run may reach, which is told what is refused", async () => {
    await using provider = pooled();
    await using _first = await create(provider);
    const { id, container, labels } = await theWaiting();
    const { Env } = (await container.inspect()).Config;
    const auth = /^HTTP_PROXY=http:\/\/(.+)@/.exec(Env.find((it) => it.startsWith("HTTP_PROXY=")) ?? "")?.[1] ?? "";
    const ask = async (host: string) => {
      const socketPath = join(labels["nightshift.waiting"] ?? "", guardFiles.proxy);
      const headers = { host, "proxy-authorization": `Basic ${Buffer.from(auth).toString("base64")}` };
      const asked = httpRequest({ socketPath, path: `http://${host}/`, headers, agent: false }).end();
      const [response] = await once(asked, "response");
      response.resume();
      return response.statusCode;
    };
    expect(await ask("allowed.test")).toBe(403);

    const told: Refusal[] = [];
    const onRefusal = (refusal: Refusal) => told.push(refusal);
    await using second = await create(provider, { network: { allow: ["nowhere.invalid"] }, onRefusal });
    expect(second.id).toBe(id);
    // Allowed, and not there.
    const line = (host: string) => `curl -s -o /dev/null -w '%{http_code}' http://${host}/`;
    expect(await output(second, line("nowhere.invalid"))).toBe("502");
    expect(await output(second, line("allowed.test"))).toBe("403");
    expect(told).toMatchObject([{ host: "allowed.test", reason: "not_allowed", command: line("allowed.test") }]);
  });

  test("is noticed when it died, and another is started instead", async () => {
    await using provider = pooled();
    await using _first = await create(provider);
    for (const end of [(it: Docker.Container) => it.kill(), (it: Docker.Container) => it.remove({ force: true })]) {
      const { id, container } = await theWaiting();
      await end(container);
      await using next = await create(provider);
      expect(next.id).not.toBe(id);
      expect(await output(next, "echo alive")).toBe("alive\n");
      expect((await ours()).map(({ Id }) => Id.slice(0, 12))).not.toContain(id);
    }
  });

  test("is gone with its snapshot, and one of a snapshot that was replaced is not taken", async () => {
    await using provider = pooled();
    const { snapshots: store } = provider;
    if (store === undefined) throw new Error("The docker provider keeps no snapshots.");
    const keep = async (text: string) => {
      await using sandbox = await create(provider, { network: "none" });
      await output(sandbox, `echo ${text} >file`);
      return await store.keep(sandbox, { key: "key", repository: "acme/shop", sha: "a".repeat(40) });
    };
    const snapshot = await keep("old");
    await using first = await create(provider, { snapshot });
    await theWaiting();
    await engine.getImage(snapshot.reference).remove({ force: true });
    expect(await keep("new")).toEqual(snapshot);
    await using second = await create(provider, { snapshot });
    expect(await output(second, "cat file")).toBe("new\n");

    await theWaiting();
    await Promise.all([first, second].map(dispose));
    expect((await store.trim(0)).map(({ key }) => key)).toEqual(["key"]);
    expect(await ours()).toEqual([]);
    await expect(create(provider, { snapshot })).rejects.toMatchObject({ code: "sandbox_unavailable" });
  });

  test("of a snapshot that was made of one that waited is its own taker's", async () => {
    await using provider = pooled();
    const { snapshots: store } = provider;
    if (store === undefined) throw new Error("The docker provider keeps no snapshots.");
    await dispose(await create(provider));
    await using waited = await create(provider);
    expect(await hasWaited(waited)).toBe(true);
    const snapshot = await store.keep(waited, { key: "key", repository: "acme/shop", sha: "a".repeat(40) });
    await using next = await dockerProvider(options).create(request({ runId: "living", snapshot }), { signal: never });
    await dispose(waited);
    await provider.sweep(async (runId) => runId === "living");
    expect(await output(next, "echo alive")).toBe("alive\n");
    expect(await provider.sweep(async () => false)).toBe(1);
    expect((await store.trim(0)).length).toBe(1);
  });

  test("is nobody's to sweep while its worker lives, and once taken goes with its run", async () => {
    await using provider = pooled();
    await dispose(await create(provider));
    await using taken = await create(provider, { runId: "taken", lease: 2 });
    const { id } = await theWaiting();
    const other = dockerProvider(options);
    const asked: unknown[] = [];
    const isAlive = async (runId: string, lease: number) => {
      asked.push([runId, lease]);
      return runId === "taken" && lease === 2;
    };
    expect(await other.sweep(isAlive)).toBe(0);
    expect(asked).toEqual([["taken", 2]]);
    expect(await output(taken, "echo alive")).toBe("alive\n");
    expect(await other.sweep(async (_, lease) => lease > 2)).toBe(1);
    expect((await ours()).map(({ Id }) => Id.slice(0, 12))).toEqual([id]);
  });

  test("is swept away after its worker was killed, whether it was taken or not", async () => {
    const module = new URL("../../src/sandbox/docker/docker-provider.ts", import.meta.url).href;
    const program = `
      const { dockerProvider } = await import(${JSON.stringify(module)});
      const provider = dockerProvider(${JSON.stringify({ ...options, pool: { size: 1 } })});
      const create = () => provider.create(${JSON.stringify(request({ runId: "killed" }))}, { signal: new AbortController().signal });
      await (await create())[Symbol.asyncDispose]();
      process.stdout.write((await create()).id);
      setInterval(() => undefined, 1000);`;
    const worker = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    using _worker = { [Symbol.dispose]: () => worker.kill("SIGKILL") };
    const [taken] = await once(worker.stdout, "data");
    const { id } = await theWaiting();
    await using provider = pooled();
    expect(await provider.sweep(async (runId) => runId === "killed")).toBe(0);
    expect((await ours()).map(({ Id }) => Id.slice(0, 12)).toSorted()).toEqual([String(taken), id].toSorted());

    const exited = once(worker, "exit");
    worker.kill("SIGKILL");
    await exited;
    expect(await provider.sweep(async () => false)).toBe(2);
  });

  test("is gone when its provider is disposed of, also one that is being started", async () => {
    const provider = pooled();
    await dispose(await create(provider));
    await theWaiting();
    await dispose(await create(provider));
    await provider[Symbol.asyncDispose]();
    expect(await ours()).toEqual([]);
    await dispose(await create(provider));
  });
});

async function output(sandbox: Sandbox, line: string): Promise<string> {
  return (await sandbox.run({ line, timeoutMs: 60_000 }, { signal: never })).output;
}

async function dispose(one: AsyncDisposable): Promise<void> {
  await one[Symbol.asyncDispose]();
}
