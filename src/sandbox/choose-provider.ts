import { NightshiftError } from "../domain/errors.ts";
import type { SandboxProvider, SandboxProviderName } from "../domain/sandbox.ts";
import { type DockerOptions, dockerProvider } from "./docker-provider.ts";
import { type ProcessOptions, processProvider } from "./process-provider.ts";

export interface ProviderOptions {
  readonly docker?: DockerOptions;
  readonly process?: ProcessOptions;
}

/**
 * The provider that the setting asks for; `auto` is Docker where it is ready. No isolation is never a silent choice.
 * @throws NightshiftError `sandbox_unavailable` when `auto` finds nothing that isolates.
 */
export async function chooseProvider(
  setting: "auto" | SandboxProviderName,
  options: ProviderOptions = {},
): Promise<SandboxProvider> {
  switch (setting) {
    case "docker":
      return dockerProvider(options.docker);
    case "process":
      return processProvider(options.process);
    case "auto":
      return await readyDocker(options.docker);
    default:
      return setting satisfies never;
  }
}

async function readyDocker(options: DockerOptions | undefined): Promise<SandboxProvider> {
  const provider = dockerProvider(options);
  const failed = (await provider.check()).find((check) => !check.ok);
  if (failed === undefined) return provider;
  throw new NightshiftError(
    "sandbox_unavailable",
    `No sandbox can be made: ${failed.name}: ${failed.detail}. ${failed.remedy} For code that you trust as your own, "sandbox: { provider: process }" in nightshift.yaml works without isolation.`,
  );
}
