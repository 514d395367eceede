/**
 * A worker that makes an srt sandbox in which the program that starts commands is stopped and a process never ends, says where
 * that writes, and waits to be killed.
 */
import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";

const [mirror = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 64, openFiles: 256 };
const request = { runId: "killed", lease: 1, purpose: "work", mirror, network: "none", limits } as const;
const sandbox = await srtProvider({ owner: "test-killed-worker" }).create(request, { signal });
const pulse = join(sandbox.scratch, "pulse");
const line = `kill -STOP $PPID; setsid env -i PATH="$PATH" sh -c 'while :; do echo x >>${pulse}; sleep 0.02; done' >/dev/null 2>&1`;
const written = once(watch(sandbox.scratch), "change");
void sandbox.run({ line, timeoutMs: 600_000 }, { signal });
await written;
process.stdout.write(pulse);
setInterval(() => undefined, 60_000);
