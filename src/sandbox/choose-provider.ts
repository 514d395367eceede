import { NightshiftError } from "../domain/errors.ts";
import type { HealthCheck } from "../domain/health.ts";
import type { SandboxProvider, SandboxProviderName } from "../domain/sandbox.ts";
import type { DockerOptions } from "./docker/docker-options.ts";
import { dockerProvider } from "./docker/docker-provider.ts";
import { type ProcessOptions, processProvider } from "./process/process-provider.ts";
import { type SrtOptions, srtProvider } from "./srt/srt-provider.ts";

export interface ProviderOptions {
  readonly docker?: DockerOptions;
  readonly srt?: SrtOptions;
  readonly process?: ProcessOptions;
}

/**
 * The provider that the setting asks for; `auto` is Docker where it is ready, else srt. No isolation is never a silent choice.
 * @throws NightshiftError `sandbox_unavailable` when `auto` finds nothing that isolates.
 */
export async function chooseProvider(
  setting: "auto" | SandboxProviderName,
  options: ProviderOptions = {},
): Promise<SandboxProvider> {
  switch (setting) {
    case "docker":
      return dockerProvider(options.docker);
    case "srt":
      return srtProvider(options.srt);
    case "process":
      return processProvider(options.process);
    case "auto": {
      const { provider, checks } = await findProvider(options);
      if (provider !== undefined) return provider;
      throw new NightshiftError(
        "sandbox_unavailable",
        `No sandbox can be made. ${checks
          .filter(({ ok }) => !ok)
          .map(sentence)
          .join(
            " Or: ",
          )} For code that you trust as your own, "sandbox: { provider: process }" in nightshift.yaml works without isolation.`,
      );
    }
    default:
      return setting satisfies never;
  }
}

export interface FoundProvider {
  /** The first that isolates and is ready. */
  readonly provider: SandboxProvider | undefined;
  /** Why it is this one, then how it is; without one, what each of them lacks. */
  readonly checks: readonly HealthCheck[];
}

/** Looks at Docker, then at srt. */
export async function findProvider(options: ProviderOptions = {}): Promise<FoundProvider> {
  const docker = dockerProvider(options.docker);
  const dockerChecks = await docker.check();
  const lacking = dockerChecks.find((check) => !check.ok);
  if (lacking === undefined) return { provider: docker, checks: dockerChecks };

  const srt = srtProvider(options.srt);
  const srtChecks = await srt.check();
  if (srtChecks.some((check) => !check.ok)) return { provider: undefined, checks: [lacking, ...srtChecks] };
  const why = { name: "sandbox", ok: true, detail: `srt, because of ${lacking.name}: ${lacking.detail}` };
  return { provider: srt, checks: [why, ...srtChecks] };
}

function sentence({ name, detail, remedy }: HealthCheck): string {
  return `${name}: ${detail}.${remedy === undefined ? "" : ` ${remedy}`}`;
}
