import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";

test("a container that cannot be removed keeps none of the others, and is told at the end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  const socketPath = join(folder, "engine.sock");
  const asked: string[] = [];
  const containers = ["stuck", "second", "third"].map((Id) => ({ Id, Names: [], State: "running", Labels: {} }));
  const engine = createServer(({ method, url }, answer) => {
    if (method === "GET") return answer.end(JSON.stringify(containers));
    asked.push(url?.split("?")[0] ?? "");
    answer.statusCode = url?.includes("stuck") ? 500 : 204;
    return answer.end(url?.includes("stuck") ? '{"message":"device is busy"}' : undefined);
  }).listen(socketPath);
  await once(engine, "listening");
  try {
    const provider = dockerProvider({ socketPath, guard: { parent: join(folder, "guard") } });
    await expect(provider.sweep(async () => false)).rejects.toMatchObject({
      code: "sandbox_failed",
      message: expect.stringContaining("stuck"),
    });
    expect(asked).toEqual(["/containers/stuck", "/containers/second", "/containers/third"]);
  } finally {
    engine.closeAllConnections();
    engine.close();
    await rm(folder, { recursive: true });
  }
});
