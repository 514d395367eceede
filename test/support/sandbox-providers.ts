import Docker from "dockerode";
import type { HealthCheck } from "../../src/domain/health.ts";
import type { SandboxProviderName } from "../../src/domain/sandbox.ts";
import { checkEngine } from "../../src/sandbox/docker/docker-check.ts";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";

/** Whether tests can use a container engine with the sandbox image. */
export async function dockerForTests(): Promise<boolean> {
  // Not all that doctor looks at: a sandbox that is not tight has to fail its tests, not to skip them.
  return isReady("docker", await checkEngine(new Docker(), { image: "nightshift-sandbox", runtime: undefined }));
}

/** Whether tests can use srt, which needs bubblewrap on Linux. */
export async function srtForTests(): Promise<boolean> {
  return isReady("srt", await srtProvider().check());
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
function isReady(name: SandboxProviderName, checks: readonly HealthCheck[]): boolean {
  const failed = checks.find((check) => !check.ok);
  if (failed === undefined) return true;
  const reason = `no ${name} sandbox: ${failed.name}: ${failed.detail}. ${failed.remedy}`;
  if (process.env["CI"] === "true") throw new Error(reason);
  process.stderr.write(`Skipped: tests with ${reason}\n`);
  return false;
}
