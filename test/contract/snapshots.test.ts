import { randomUUID } from "node:crypto";
import { statfs } from "node:fs/promises";
import Docker from "dockerode";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Sandbox, SandboxRequest, Snapshot } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

const never = new AbortController().signal;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
const sha = "a".repeat(40);

describe.skipIf(!(await dockerForTests()))("snapshots of docker sandboxes", () => {
  const owner = `test-${randomUUID()}`;
  const provider = dockerProvider({ owner });
  const store = storeOf(provider);
  afterEach(async () => {
    await provider.sweep(async () => false);
    await store.trim(0);
    expect(await new Docker().listImages({ filters: { label: [`nightshift.snapshot=${owner}`] } })).toEqual([]);
  });

  const create = (changes: Partial<SandboxRequest> = {}) =>
    provider.create(
      { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits, ...changes },
      { signal: never },
    );
  const keep = (sandbox: Sandbox, key: string, repository = "acme/shop") =>
    store.keep(sandbox, { key, repository, sha });

  test("a sandbox starts with the files, links and modes of the one that was kept, which goes on", async () => {
    await using first = await create();
    await run(
      first,
      `mkdir "a folder" ~/.cache && echo kept >"a folder/ü\n" && ln -s /etc link && chmod 750 "a folder" && echo c >~/.cache/c`,
    );
    const snapshot = await keep(first, "one");
    expect(snapshot).toMatchObject({ key: "one", repository: "acme/shop", sha });
    expect(await run(first, "echo later >later && ls")).toBe("a folder\nlater\nlink\n");

    await using second = await create({ snapshot });
    expect(await run(second, `cat "a folder/ü\n" ~/.cache/c; readlink link; stat -c %a "a folder"; ls`)).toBe(
      "kept\nc\n/etc\n750\na folder\nlink\n",
    );
    expect(await run(second, "echo more >more; id -u; ls -A /scratch")).toBe("1000\n");
  });

  test("the one with the key is found, else the newest of the repository, and none of another", async () => {
    await using sandbox = await create();
    const one = await keep(sandbox, "one");
    const two = await keep(sandbox, "two");
    const find = (key: string, repository = "acme/shop") => store.find({ key, repository });
    expect(await find("one")).toEqual(one);
    expect(await find("three")).toEqual(two);
    expect(await find("one", "acme/other")).toBeUndefined();
    const stranger = storeOf(dockerProvider({ owner: `${owner}-stranger` }));
    expect(await stranger.find({ key: "one", repository: "acme/shop" })).toBeUndefined();
    await store.drop(one);
    await store.drop(one);
    expect(await find("one")).toEqual(two);
  });

  test("one that began with another image is not found", async () => {
    const engine = new Docker();
    await using sandbox = await create();
    const kept = await keep(sandbox, "one");
    const [repo = "", tag] = [`nightshift-test-${owner}`, "other"];
    await engine.getImage(kept.reference).tag({ repo, tag });
    try {
      const other = storeOf(dockerProvider({ owner, image: `${repo}:${tag}` }));
      expect(await other.find({ key: "one", repository: "acme/shop" })).toBeUndefined();
      expect(await store.find({ key: "one", repository: "acme/shop", image: `${repo}:${tag}` })).toBeUndefined();
      expect(await store.find({ key: "one", repository: "acme/shop", image: "nightshift-not-there" })).toEqual(kept);
    } finally {
      await engine.getImage(`${repo}:${tag}`).remove();
    }
  });

  test("what is kept under a key stays, also when it is kept again", async () => {
    await using sandbox = await create();
    await run(sandbox, "echo one >file");
    const first = await keep(sandbox, "one");
    await run(sandbox, "echo two >file");
    expect(await keep(sandbox, "one")).toEqual(first);
    await using next = await create({ snapshot: first });
    expect(await run(next, "cat file")).toBe("one\n");
  });

  test("one can be kept on top of another", async () => {
    await using first = await create();
    await run(first, "echo one >one");
    await using second = await create({ snapshot: await keep(first, "one") });
    await run(second, "echo two >two");
    const snapshot = await keep(second, "two");
    await using third = await create({ snapshot });
    expect(await run(third, "cat one two")).toBe("one\ntwo\n");
  });

  test("too long a row of them comes to an end: the next begins from scratch", async () => {
    const sandboxes = new AsyncDisposableStack();
    let snapshot: Snapshot | undefined;
    for (let depth = 1; depth <= 8; depth += 1) {
      const sandbox = sandboxes.use(await create(snapshot && { snapshot }));
      snapshot = await keep(sandbox, `key ${depth}`);
    }
    expect(await store.find({ key: "key 8", repository: "acme/shop" })).toEqual(snapshot);
    expect(await store.find({ key: "other", repository: "acme/shop" })).toMatchObject({ key: "key 7" });
    await sandboxes.disposeAsync();
  });

  test("those used longest ago go first, until all are within the budget", async () => {
    const keys = ["one", "two", "three"];
    for (const key of keys) {
      await using sandbox = await create();
      await run(sandbox, "head -c 3000000 /dev/urandom >file");
      await keep(sandbox, key);
    }
    expect(await store.trim(100)).toEqual([]);
    await store.find({ key: "one", repository: "acme/shop" });
    expect((await store.trim(7)).map(({ key }) => key)).toEqual(["two"]);
    expect((await store.trim(4)).map(({ key }) => key)).toEqual(["three"]);
    expect((await store.trim(0)).map(({ key }) => key)).toEqual(["one"]);
  });

  test("what they take is told, and what is free", async () => {
    await using sandbox = await create();
    await run(sandbox, "head -c 3000000 /dev/urandom >file");
    await keep(sandbox, "one");
    // Of all who share the engine: others may come and go meanwhile.
    const { count, bytes, freeBytes } = await store.usage();
    expect(count).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThanOrEqual(3_000_000);
    const { DockerRootDir } = await new Docker().info();
    const { blocks, bsize } = await statfs(DockerRootDir);
    expect(freeBytes).toBeGreaterThan(0);
    expect(freeBytes).toBeLessThan(blocks * bsize);
  });

  test("one in use is not removed", async () => {
    await using first = await create();
    const snapshot = await keep(first, "one");
    await using _second = await create({ snapshot });
    expect(await store.trim(0)).toEqual([]);
    expect(await store.find({ key: "one", repository: "acme/shop" })).toEqual(snapshot);
  });

  test("variables that a run was given are not kept, nor are its labels taken for another's", async () => {
    const engine = new Docker();
    await using sandbox = await create();
    const { reference } = await keep(sandbox, "one");
    const given = (await engine.getContainer(sandbox.id).inspect()).Config.Env;
    const image = await engine.getImage("nightshift-sandbox").inspect();
    const own = new Set(image.Config.Env);
    const left = (await engine.getImage(reference).inspect()).Config.Env.filter((entry) => !own.has(entry));
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((entry) => !entry.endsWith("="))).toEqual([]);
    expect(given.filter((entry) => entry.startsWith("HOME="))).toEqual(["HOME=/home/sandbox"]);
  });

  test("one that is gone is no start for a sandbox", async () => {
    await using sandbox = await create();
    const snapshot = await keep(sandbox, "one");
    await store.drop(snapshot);
    await expect(create({ snapshot })).rejects.toMatchObject({ code: "sandbox_unavailable" });
  });

  test("a sandbox that is gone cannot be kept", async () => {
    const sandbox = await create();
    await sandbox[Symbol.asyncDispose]();
    await expect(keep(sandbox, "one")).rejects.toMatchObject({ code: "sandbox_lost" });
  });
});

function storeOf({ snapshots }: ReturnType<typeof dockerProvider>) {
  if (snapshots === undefined) throw new Error("The docker provider keeps no snapshots.");
  return snapshots;
}

async function run(sandbox: Sandbox, line: string): Promise<string> {
  return (await sandbox.run({ line, timeoutMs: 60_000 }, { signal: never })).output;
}
