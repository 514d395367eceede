import type { SandboxProvider, SandboxProviderName } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";
import { srtProvider } from "../../src/sandbox/srt-provider.ts";

/** Whether tests can use a container engine with the sandbox image. */
export async function dockerForTests(): Promise<boolean> {
  return await isReady(dockerProvider());
}

/** Whether tests can use srt, which needs bubblewrap on Linux. */
export async function srtForTests(): Promise<boolean> {
  return await isReady(srtProvider());
}

/** The providers that a test can use here. */
export async function providersForTests(): Promise<readonly SandboxProviderName[]> {
  return [
    "process",
    ...((await srtForTests()) ? (["srt"] as const) : []),
    ...((await dockerForTests()) ? (["docker"] as const) : []),
  ];
}

/** Says in one line why not; with CI=true that is an error, since `.ci/run` installs all that they need. */
async function isReady(provider: SandboxProvider): Promise<boolean> {
  const failed = (await provider.check()).find((check) => !check.ok);
  if (failed === undefined) return true;
  const reason = `no ${provider.name} sandbox: ${failed.name}: ${failed.detail}. ${failed.remedy}`;
  if (process.env["CI"] === "true") throw new Error(reason);
  process.stderr.write(`Skipped: tests with ${reason}\n`);
  return false;
}
