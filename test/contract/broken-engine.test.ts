import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";

type Answer = readonly [status: number, body?: unknown];

/** A provider on an engine that answers like this, and what it was asked to remove. */
async function onEngine(answerTo: (method: string, path: string) => Answer) {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const removed: string[] = [];
  const engine = createServer(({ method = "", url = "" }, answer) => {
    const path = decodeURIComponent(url.split("?")[0] ?? "");
    if (method === "DELETE") removed.push(path);
    const [status, body] = answerTo(method, path);
    answer.statusCode = status;
    answer.end(body === undefined ? undefined : JSON.stringify(body));
  }).listen(join(folder, "engine.sock"));
  await once(engine, "listening");
  stack.defer(() => {
    engine.closeAllConnections();
    engine.close();
  });
  const guard = { parent: join(folder, "guard") };
  const provider = dockerProvider({ socketPath: join(folder, "engine.sock"), guard });
  return { provider, removed, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("a container that cannot be removed keeps none of the others, and is told at the end", async () => {
  const containers = ["stuck", "second", "third"].map((Id) => ({ Id, Names: [], State: "running", Labels: {} }));
  await using engine = await onEngine((method, path) => {
    if (method === "GET") return [200, containers];
    return path.includes("stuck") ? [500, { message: "device is busy" }] : [204];
  });
  await expect(engine.provider.sweep(async () => false)).rejects.toMatchObject({
    code: "sandbox_failed",
    message: expect.stringContaining("stuck"),
  });
  expect(engine.removed).toEqual(["/containers/stuck", "/containers/second", "/containers/third"]);
});

test("a snapshot whose parent was taken from under it counts for the budget, and goes when it is over", async () => {
  const of = "nightshift.snapshot";
  const Labels = Object.fromEntries([
    ...["repository", "key", "sha", "base", "layout"].map((name) => [`${of}.${name}`, name]),
    ...["depth", "made"].map((name) => [`${of}.${name}`, "2"]),
  ]);
  const RepoTags = ["nightshift-snapshot:one"];
  await using engine = await onEngine((method, path) => {
    if (method === "DELETE") return [200, []];
    if (path === "/images/json") return [200, [{ Id: "one", RepoTags, Labels }]];
    if (path !== "/images/nightshift-snapshot:one/json") return [404, { message: "no such image" }];
    return [200, { Id: "one", Size: 2_000_000, Parent: "gone", Metadata: { LastTagTime: "2026-01-01T00:00:00Z" } }];
  });
  expect(await engine.provider.snapshots?.trim(1)).toMatchObject([{ key: "key", reference: RepoTags[0] }]);
  expect(engine.removed).toEqual(["/images/nightshift-snapshot:one"]);
});
