import type { SandboxProviderName } from "../../src/domain/sandbox.ts";
import { type DockerOptions, dockerProvider } from "../../src/sandbox/docker-provider.ts";

/**
 * Whether tests can use a container engine with the sandbox image. Says in one line why not;
 * with CI=true that is an error, since `.ci/run` installs both.
 */
export async function dockerForTests(options: DockerOptions = {}): Promise<boolean> {
  const failed = (await dockerProvider(options).check()).find((check) => !check.ok);
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
