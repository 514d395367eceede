import { resolve } from "node:path";
import type Docker from "dockerode";
import type { SandboxRequest } from "../../domain/sandbox.ts";
import { certificateEnvironment, certificateMounts } from "../guard/certificates.ts";
import type { Guard } from "../guard/open-guard.ts";
import { proxyEnvironment, proxyFiles, proxyGitConfig } from "../guard/proxy-settings.ts";
import { gitConfig, sandboxEnvironment } from "../sandbox-files.ts";
import { type Attachment, mainUser } from "./docker-attach.ts";
import type { DockerOptions } from "./docker-options.ts";
import { dockerFolders, removeContainer } from "./docker-sandbox.ts";
import { type TarEntry, tarArchive } from "./tar-archive.ts";

export const uid = 1000;

type Labels = Readonly<Record<string, string>>;

/** Makes and starts one; when either fails, nothing of it is left. */
export async function startContainer(
  docker: Docker,
  options: Docker.ContainerCreateOptions,
  files: readonly TarEntry[] = [],
): Promise<Docker.Container> {
  const container = await docker.createContainer(options);
  try {
    if (files.length > 0) await container.putArchive(tarArchive(files), { path: "/" });
    await container.start();
    return container;
  } catch (error) {
    await removeContainer(container);
    throw error;
  }
}

// Made for each container and not only in our image, so that an operator's own image needs nothing but a shell and git.
export function sandboxFiles(guard: Guard | undefined): readonly TarEntry[] {
  const home = dockerFolders.home.slice(1);
  const proxied = Object.entries(guard === undefined ? {} : proxyFiles(guard));
  return [
    { path: `${dockerFolders.workspace.slice(1)}/`, uid },
    { path: `${dockerFolders.scratch.slice(1)}/`, uid },
    { path: `${home}/`, uid },
    { path: `${home}/.gitconfig`, uid, content: gitConfig + (guard === undefined ? "" : proxyGitConfig(guard)) },
    ...new Set(proxied.map(([name]) => `${home}/${name.split("/")[0]}/`)).values().map((path) => ({ path, uid })),
    ...proxied.map(([name, content]) => ({ path: `${home}/${name}`, uid, content })),
  ];
}

/** A sandbox's own container. */
export function containerOptions(
  { limits, mirror }: Pick<SandboxRequest, "limits" | "mirror">,
  options: Pick<DockerOptions, "runtime" | "caBundle"> & { readonly image: string; readonly labels: Labels },
  { networkMode, argv, mounts }: Attachment,
  guard: Guard | undefined,
): Docker.ContainerCreateOptions {
  const memory = limits.memoryMb * 1024 * 1024;
  const environment = {
    ...sandboxEnvironment({ home: dockerFolders.home, tmp: "/tmp" }),
    ...(guard === undefined ? {} : proxyEnvironment(guard)),
    ...(options.caBundle === undefined ? {} : certificateEnvironment()),
  };
  return {
    Image: options.image,
    // It has its sidecar's name where it shares its network.
    ...(networkMode.startsWith("container:") ? {} : { Hostname: "sandbox" }),
    User: mainUser,
    WorkingDir: dockerFolders.workspace,
    Entrypoint: [...argv],
    Cmd: [],
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: options.labels,
    HostConfig: {
      ...locked(networkMode, options.runtime),
      Memory: memory,
      MemorySwap: memory,
      // A quota and not NanoCpus: the engine refuses those where the host has fewer processors than asked for.
      CpuPeriod: 100_000,
      CpuQuota: Math.round(limits.cpus * 100_000),
      PidsLimit: limits.processes,
      Ulimits: [
        { Name: "nofile", Soft: limits.openFiles, Hard: limits.openFiles },
        // One file alone cannot fill the disk before anybody looks; `watchDisk` sees to many.
        { Name: "fsize", Soft: limits.diskMb * 1024 * 1024, Hard: limits.diskMb * 1024 * 1024 },
        { Name: "core", Soft: 0, Hard: 0 },
      ],
      Mounts: [
        { Type: "bind", Source: resolve(mirror), Target: dockerFolders.mirror, ReadOnly: true },
        ...mounts,
        ...(options.caBundle === undefined ? [] : certificateMounts(options.caBundle)),
      ],
    },
  };
}

/** A container of our own image that holds nothing but a network. */
export function sidecarOptions(
  image: string,
  labels: Labels,
  { networkMode, argv, mounts }: Attachment,
): Docker.ContainerCreateOptions {
  const memory = 64 * 1024 * 1024;
  return {
    Image: image,
    Hostname: "sandbox",
    User: mainUser,
    Entrypoint: [...argv],
    Cmd: [],
    Labels: labels,
    HostConfig: {
      ...locked(networkMode, undefined),
      ReadonlyRootfs: true,
      Memory: memory,
      MemorySwap: memory,
      PidsLimit: 16,
      Mounts: [...mounts],
    },
  };
}

/** What holds for every container of ours. Seccomp, masked and read-only paths stay the engine's own, which are strict. */
function locked(networkMode: string, runtime: string | undefined): Docker.HostConfig {
  return {
    // No `AutoRemove`: the engine may apply it in the middle of a restart, and then takes the files with it.
    Init: true,
    NetworkMode: networkMode,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    LogConfig: { Type: "none", Config: {} },
    ...(runtime === undefined ? {} : { Runtime: runtime }),
  };
}
