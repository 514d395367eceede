import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { warmPool } from "../../../../src/sandbox/docker/warm-pool.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const accept = async () => true;

interface Thing extends AsyncDisposable {
  readonly name: string;
}

function aPool(size: number) {
  const gone: string[] = [];
  const pending = new Map<string, PromiseWithResolvers<Thing>>();
  const pool = warmPool<string, Thing>({
    size,
    idleMs: 1_000,
    make(kind) {
      const making = Promise.withResolvers<Thing>();
      pending.set(kind, making);
      return making.promise;
    },
  });
  const thing = (name: string): Thing => ({ name, [Symbol.asyncDispose]: async () => void gone.push(name) });
  return {
    gone,
    pool,
    begin: (kind: string) => pool.add(kind),
    finish: (kind: string, name = kind) => pending.get(kind)?.resolve(thing(name)),
    fail: (kind: string) => pending.get(kind)?.reject(new Error("It cannot be made.")),
    ready(kind: string, name = kind) {
      pool.add(kind);
      pending.get(kind)?.resolve(thing(name));
    },
    take: async (kind: string) => (await pool.take((it) => it === kind, accept))?.name,
    isMaking: (kind: string) => pending.has(kind),
  };
}

test("what waits is handed out once, the newest first, and to whoever wants its kind", async () => {
  const { ready, take } = aPool(3);
  ready("a", "first");
  ready("a", "second");
  ready("b");
  expect(await Promise.all([take("a"), take("a"), take("a"), take("c")])).toEqual([
    "second",
    "first",
    undefined,
    undefined,
  ]);
  expect(await take("b")).toBe("b");
});

test("what is still being made is waited for, and what could not be made is nothing", async () => {
  const { begin, finish, fail, take } = aPool(2);
  begin("a");
  begin("b");
  const [a, b] = [take("a"), take("b")];
  finish("a");
  fail("b");
  expect([await a, await b]).toEqual(["a", undefined]);
});

test("what is not accepted is thrown away", async () => {
  const { pool, ready, take, gone } = aPool(1);
  ready("a");
  expect(
    await pool.take(
      () => true,
      async ({ name }) => name !== "a",
    ),
  ).toBeUndefined();
  expect(gone).toEqual(["a"]);
  expect(await take("a")).toBeUndefined();
});

test("where there are too many, those that have waited longest go", async () => {
  const { ready, take, gone, pool } = aPool(2);
  for (const kind of ["a", "b", "c"]) ready(kind);
  await pool.discard(() => false);
  expect(gone).toEqual(["a"]);
  expect([await take("a"), await take("b"), await take("c")]).toEqual([undefined, "b", "c"]);
});

test("what nobody takes goes after a while, and what was taken does not", async () => {
  const { ready, take, gone } = aPool(2);
  ready("a");
  ready("b");
  expect(await take("a")).toBe("a");
  await vi.advanceTimersByTimeAsync(999);
  expect(gone).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(gone).toEqual(["b"]);
  expect(await take("b")).toBeUndefined();
});

test("discarding waits until those are gone, also the one that is still being made", async () => {
  const { pool, begin, finish, ready, take, gone } = aPool(2);
  begin("a");
  ready("b");
  const discarded = pool.discard((kind) => kind === "a").then(() => [...gone]);
  finish("a");
  expect(await discarded).toEqual(["a"]);
  expect(await take("b")).toBe("b");
});

test("disposal leaves nothing, and nothing is made after it", async () => {
  const { pool, begin, finish, ready, gone, isMaking } = aPool(2);
  begin("a");
  ready("b");
  const disposed = pool[Symbol.asyncDispose]();
  finish("a");
  await disposed;
  expect(gone.toSorted()).toEqual(["a", "b"]);
  begin("c");
  expect(isMaking("c")).toBe(false);
});

test("with no room nothing is made", () => {
  const { begin, isMaking } = aPool(0);
  begin("a");
  expect(isMaking("a")).toBe(false);
});
