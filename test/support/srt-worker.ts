/** A worker that makes an srt sandbox with a process in it that never ends, says where it writes, and waits to be killed. */
import { join } from "node:path";
import { srtProvider } from "../../src/sandbox/srt-provider.ts";

const [mirror = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 64, openFiles: 256 };
const request = { runId: "killed", lease: 1, purpose: "work", mirror, network: "none", limits } as const;
const sandbox = await srtProvider({ owner: "test-killed-worker" }).create(request, { signal });
const pulse = join(sandbox.scratch, "pulse");
const line = `setsid env -i PATH="$PATH" sh -c 'while :; do echo x >>${pulse}; sleep 0.02; done' >/dev/null 2>&1 & until [ -s ${pulse} ]; do :; done`;
await sandbox.run({ line, timeoutMs: 10_000 }, { signal });
process.stdout.write(pulse);
setInterval(() => undefined, 60_000);
