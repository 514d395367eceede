import { resolve } from "node:path";
import type { DependencyHosts } from "../domain/dependency-hosts.ts";
import type { HealthCheck } from "../domain/health.ts";
import type { SandboxProvider, SandboxProviderName } from "../domain/sandbox.ts";
import { npmRegistry } from "../registries/npm-registry.ts";
import { registryHosts } from "../registries/registry-hosts.ts";
import { chooseProvider, type FoundProvider, findProvider, type ProviderOptions } from "../sandbox/choose-provider.ts";
import type { DockerOptions } from "../sandbox/docker/docker-options.ts";
import { checkSnapshots } from "../sandbox/docker/snapshot-check.ts";
import { writeCertificates } from "../sandbox/guard/certificates.ts";
import { installationName } from "../store/installation.ts";
import type { Store } from "../store/open-store.ts";
import type { Configuration } from "./configuration.ts";
import { gitHost } from "./forge.ts";

export async function composeSandboxes(
  configuration: Configuration,
  store: Store,
  registry: NpmRegistry,
): Promise<SandboxProvider> {
  const owner = await installationName(store.db);
  const options = await providerOptions(configuration, registry);
  return await chooseProvider(configuration.settings.sandbox.provider, {
    docker: { ...options.docker, owner },
    srt: { ...options.srt, owner },
    process: { owner },
  });
}

type NpmRegistry = ReturnType<typeof npmRegistry>;

export function composeDependencyHosts({ environment }: Configuration, registry: NpmRegistry): DependencyHosts {
  const git = gitHost(environment);
  // npm and others fetch GitHub's tarballs from there.
  const gitHosts = git === "github.com" ? [git, "codeload.github.com"] : [git];
  return async (read) => [...gitHosts, ...(await registryHosts({ read, npmRegistry: registry }))];
}

async function providerOptions(configuration: Configuration, registry: NpmRegistry): Promise<ProviderOptions> {
  const docker = await dockerOptions(configuration, registry);
  return { docker, srt: { caBundle: docker.caBundle } };
}

async function dockerOptions({ settings, environment }: Configuration, registry: NpmRegistry): Promise<DockerOptions> {
  const { image, runtime, network, ca_bundle, pool } = settings.sandbox;
  // The engine has to see it under the same path, as it does the mirrors.
  const parent = resolve(settings.data_dir, "guard");
  return {
    image,
    runtime,
    pool: { size: pool },
    caBundle: ca_bundle === undefined ? undefined : await writeCertificates(ca_bundle, parent),
    guard: {
      parent,
      // What the operator names may stand in the operator's own network; what a repository names may not.
      internal: [...network.allow, gitHost(environment), ...(await ownRegistry(registry))],
      maxBytes: network.max_mb * 1024 * 1024,
    },
  };
}

/** The host of the registry that npm is configured for on this machine, which is the operator's word too. */
async function ownRegistry(registry: NpmRegistry): Promise<readonly string[]> {
  const address = await registry();
  return address === undefined || !URL.canParse(address) ? [] : [new URL(address).hostname];
}

/** The checks of the provider that would be chosen, whether it is ready or not; with `auto` also why it is that one. */
export async function examineSandboxes(configuration: Configuration): Promise<readonly HealthCheck[]> {
  const { provider: setting, snapshots_mb } = configuration.settings.sandbox;
  const options = await providerOptions(configuration, npmRegistry());
  const { provider, checks } = await examineProvider(setting, options);
  if (provider === undefined || !checks.every(({ ok }) => ok)) return checks;
  return [...checks, await checkSnapshots(provider, snapshots_mb)];
}

async function examineProvider(
  setting: "auto" | SandboxProviderName,
  options: ProviderOptions,
): Promise<FoundProvider> {
  if (setting === "auto") return await findProvider(options);
  const provider = await chooseProvider(setting, options);
  return { provider, checks: await provider.check() };
}

/** The provider that isolates and is ready here, if any, and a line that says why it is this one. */
export async function findSandboxes(
  image: string,
): Promise<{ readonly name: SandboxProviderName | undefined; readonly why: string }> {
  const { provider, checks } = await findProvider({ docker: { image } });
  if (provider?.name === "docker") return { name: "docker", why: "an engine and the image are ready" };
  const telling = checks.filter((check) => (provider === undefined ? !check.ok : check.ok)).slice(0, 2);
  return { name: provider?.name, why: telling.map(({ name, detail }) => `${name}: ${detail}`).join("; ") };
}
