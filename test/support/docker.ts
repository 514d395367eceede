import Docker from "dockerode";
import type { SandboxProviderName } from "../../src/domain/sandbox.ts";
import { checkEngine } from "../../src/sandbox/docker-check.ts";

/**
 * Whether tests can use a container engine with the sandbox image. Says in one line why not;
 * with CI=true that is an error, since `.ci/run` installs both.
 */
export async function dockerForTests(): Promise<boolean> {
  // Not all that doctor looks at: a sandbox that is not tight has to fail its tests, not to skip them.
  const ready = await checkEngine(new Docker(), { image: "nightshift-sandbox", runtime: undefined });
  const failed = ready.find((check) => !check.ok);
  if (failed === undefined) return true;
  const reason = `no Docker sandbox: ${failed.name}: ${failed.detail}. ${failed.remedy}`;
  if (process.env["CI"] === "true") throw new Error(reason);
  process.stderr.write(`Skipped: tests with ${reason}\n`);
  return false;
}

/** The providers that a test can use here; Docker is left out, in one line, where there is none. */
export async function providersForTests(): Promise<readonly SandboxProviderName[]> {
  return (await dockerForTests()) ? ["process", "docker"] : ["process"];
}
