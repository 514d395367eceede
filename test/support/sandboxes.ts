import { randomUUID } from "node:crypto";
import { afterAll } from "vitest";
import type { Command, Sandbox, SandboxLimits, SandboxRequest } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";
import { bareMirror } from "./bare-mirror.ts";
import { dockerForTests, srtForTests } from "./sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

// Sandboxes of a test file are its own, as this module is: a sweep elsewhere must not see them.
export const owner = `test-${randomUUID()}`;
export const limits: SandboxLimits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
export const never = new AbortController().signal;

export function request(changes: Partial<SandboxRequest> = {}): SandboxRequest {
  return { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits, ...changes };
}

export function run(sandbox: Sandbox, line: string, more: Partial<Command> = {}, signal: AbortSignal = never) {
  return sandbox.run({ line, timeoutMs: 30_000, ...more }, { signal });
}

export async function outputOf(sandbox: Sandbox, line: string): Promise<string> {
  return (await run(sandbox, line)).output.trim();
}

export const hasDocker = await dockerForTests();
export const hasSrt = await srtForTests();
export const providers = [
  { provider: dockerProvider({ owner }), here: hasDocker },
  { provider: srtProvider({ owner }), here: hasSrt },
  { provider: processProvider({ owner }), here: true },
];
