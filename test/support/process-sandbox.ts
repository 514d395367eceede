import { tmpdir } from "node:os";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";

/** A sandbox of child processes with an empty workspace, for tests of what works in one. */
export async function processSandbox(): Promise<Sandbox> {
  const request = {
    runId: "run-1",
    lease: 1,
    purpose: "work",
    mirror: tmpdir(),
    network: "none",
    limits: { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 },
  } as const;
  return await processProvider({ owner: "test" }).create(request, { signal: new AbortController().signal });
}
