import { randomUUID } from "node:crypto";
import { afterAll } from "vitest";
import type { Sandbox, SandboxProvider, SandboxRequest, Shell, ShellCommand } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";
import { bareMirror } from "./bare-mirror.ts";
import { dockerForTests, srtForTests } from "./sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

export const owner = `test-${randomUUID()}`;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 2_000, openFiles: 4_096 };
export const signal = new AbortController().signal;

export function aRequest(processes = limits.processes): SandboxRequest {
  const ours = { ...limits, processes };
  return { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits: ours };
}

export const hasDocker = await dockerForTests();
const hasSrt = await srtForTests();
export const providers = [
  { provider: dockerProvider({ owner }), here: hasDocker },
  { provider: srtProvider({ owner }), here: hasSrt },
  { provider: processProvider({ owner }), here: true },
];

export function run(shell: Shell, line: string, more: Partial<ShellCommand> = {}, until: AbortSignal = signal) {
  return shell.run({ line, timeoutMs: 30_000, ...more }, { signal: until });
}

export async function outputOf(shell: Shell, line: string): Promise<string> {
  return (await run(shell, line)).output;
}

export function running(sandbox: Sandbox, line: string) {
  return sandbox.run({ line, timeoutMs: 30_000 }, { signal });
}

/** Waits until the file is there and says something. */
export const until = (file: string) => `until [ -s ${file} ]; do sleep 0.01; done`;
/** Dead ones may stay in the table until they are collected. */
export const gone = (pid: string) => `while kill -0 ${pid} 2>/dev/null; do sleep 0.01; done`;
/** So that what comes next begins at another hundredth of a second. */
export const nextTick = `read -r now _ </proc/uptime; while read -r then _ </proc/uptime; [ "$then" = "$now" ]; do :; done`;

/** A sandbox with a shell in it. */
export async function openIn(provider: SandboxProvider) {
  const sandbox = await provider.create(aRequest(), { signal });
  const shell = await sandbox.openShell({ signal });
  return { sandbox, shell, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}
