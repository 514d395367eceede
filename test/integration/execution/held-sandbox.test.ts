import { expect, test } from "vitest";
import { heldSandbox } from "../../../src/execution/sandboxes/held-sandbox.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const forever = new Promise<void>(() => undefined);
const command = { line: "echo ran", timeoutMs: 30_000 };

test("who waits until a sandbox is kept can be cancelled", async () => {
  await using sandbox = await processSandbox();
  const run = new AbortController();
  const held = heldSandbox(sandbox, forever, forever, run.signal);
  const waiting = [
    held.run(command, { signal: run.signal }),
    held.openShell({ signal: run.signal }),
    held.readFile(`${sandbox.scratch}/x`),
    held.writeFile(`${sandbox.scratch}/x`, Buffer.from("")),
  ];
  const outcomes = Promise.allSettled(waiting);
  run.abort();
  const cancelled = { status: "rejected", reason: { code: "cancelled" } };
  expect(await outcomes).toMatchObject(waiting.map(() => cancelled));
});

test("the end of a cancelled run waits for its snapshot, and not for the room that is made for it", async () => {
  const sandbox = await processSandbox();
  const { promise: free, resolve: isKept } = Promise.withResolvers<void>();
  const run = new AbortController();
  const held = heldSandbox(sandbox, free, forever, run.signal);
  run.abort();
  const ended = held[Symbol.asyncDispose]();
  await expect(sandbox.run(command, { signal: new AbortController().signal })).resolves.toMatchObject({ exitCode: 0 });
  isKept();
  await ended;
  await expect(sandbox.run(command, { signal: new AbortController().signal })).rejects.toMatchObject({
    code: "sandbox_lost",
  });
});
