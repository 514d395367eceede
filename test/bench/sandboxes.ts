import { randomUUID } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { findSandboxes } from "../../src/compose/sandboxes.ts";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import type { Bench } from "./bench.ts";
import { temporaryFolder } from "./factory-floor.ts";
import { inTurns, type Sample } from "./measure.ts";

const count = 20;
const limits = { memoryMb: 256, cpus: 2, processes: 64, diskMb: 256, openFiles: 256 };
const units = { failed: "sandboxes", ready: "ms", memory_per_idle_sandbox: "MB" };

/** Twenty sandboxes asked for at once: how many fail, how long until each has run a command, and what one costs us while it is idle. */
export const sandboxes: Bench = async (context) => {
  await using folder = await temporaryFolder();
  const owner = `bench-${randomUUID()}`;
  const provider =
    (await findSandboxes("nightshift-sandbox")).name === "docker"
      ? dockerProvider({ owner })
      : processProvider({ owner, parent: folder.path });
  const request = { lease: 1, purpose: "work", mirror: folder.path, network: "none", limits } as const;
  const start = async (at: number): Promise<Sandbox> => {
    const sandbox = await provider.create({ ...request, runId: `run-${at}` }, { signal: context.signal });
    const { exitCode } = await sandbox.run({ line: "true", timeoutMs: 60_000 }, { signal: context.signal });
    if (exitCode !== 0) throw new Error(`A command in ${sandbox.id} ended with exit code ${exitCode}.`);
    return sandbox;
  };
  const ours = async (): Promise<Sample> => {
    const before = heldMb();
    const started = performance.now();
    const settled = await Promise.allSettled(Array.from({ length: count }, (_, at) => start(at)));
    const ready = performance.now() - started;
    const made = settled.flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
    const memory = (heldMb() - before) / made.length;
    await Promise.all(made.map((sandbox) => sandbox[Symbol.asyncDispose]()));
    return { failed: count - made.length, ready, memory_per_idle_sandbox: memory };
  };
  try {
    const limit = async () => ({ memory_per_idle_sandbox: 3 });
    return await inTurns({ units, rounds: 5, ours, peers: { limit } }, context);
  } finally {
    // Those of which nobody holds the handle, after a failure in the middle.
    await provider.sweep(async () => false);
  }
};

/** What is in use, without what only waits to be collected: pages that the process has once had it keeps, used or not. */
function heldMb(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}
