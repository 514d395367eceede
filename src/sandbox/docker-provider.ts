import { resolve } from "node:path";
import Docker from "dockerode";
import { explain } from "../domain/errors.ts";
import type { HealthCheck } from "../domain/health.ts";
import type { SandboxProvider, SandboxRequest } from "../domain/sandbox.ts";
import { cancelled } from "./command-result.ts";
import { DockerSandbox, dockerFolders, removeContainer } from "./docker-sandbox.ts";
import { dockerSnapshots } from "./docker-snapshots.ts";
import { buildCommand, createError, engineRemedy, noEngine, statusOf } from "./engine-error.ts";
import { gitConfig, sandboxEnvironment } from "./sandbox-files.ts";
import { type TarEntry, tarArchive } from "./tar-archive.ts";

export interface DockerOptions {
  /** Default: `nightshift-sandbox`. */
  readonly image?: string;
  /** Whose containers these are, where several Nightshifts share an engine: a sweep sees its own only. */
  readonly owner?: string;
  /** Default: what DOCKER_HOST names, else the usual socket. */
  readonly socketPath?: string;
}

const label = {
  owner: "nightshift.owner",
  run: "nightshift.run",
  lease: "nightshift.lease",
  purpose: "nightshift.purpose",
};
const uid = 1000;
const lifetimeSeconds = 24 * 60 * 60;

/** Sandboxes as containers of a Docker engine: no network unless asked for, no rights, no host files but the mirror. */
export function dockerProvider(options: DockerOptions = {}): SandboxProvider {
  const docker = options.socketPath === undefined ? new Docker() : new Docker(atSocket(options.socketPath));
  const image = options.image ?? "nightshift-sandbox";
  const owner = options.owner ?? "default";
  return {
    name: "docker",
    warning: undefined,

    // A change of the user, the folders or the settings of git that a container is made with makes snapshots useless.
    snapshots: dockerSnapshots(docker, { image, owner, layout: JSON.stringify([uid, dockerFolders, gitConfig]) }),

    async create(request, { signal }) {
      const from = request.snapshot?.reference ?? request.image ?? image;
      if (signal.aborted) throw cancelled("Making a sandbox", signal);
      try {
        const container = await startContainer(
          docker,
          containerOptions(request, from, owner),
          // A snapshot holds them already, as its set-up left them.
          request.snapshot === undefined ? folders : [],
        );
        if (!signal.aborted) return new DockerSandbox(docker, container);
        await removeContainer(container);
      } catch (error) {
        throw createError(error, from, request.mirror);
      }
      throw cancelled("Making a sandbox", signal);
    },

    async sweep(isAlive) {
      const filters = { label: [`${label.owner}=${owner}`] };
      const found = await docker.listContainers({ all: true, filters }).catch((error: unknown) => {
        throw noEngine(error);
      });
      let removed = 0;
      for (const { Id, Labels } of found) {
        if (await isAlive(Labels[label.run] ?? "", Number(Labels[label.lease]))) continue;
        await removeContainer(docker.getContainer(Id));
        removed += 1;
      }
      return removed;
    },

    async check() {
      const engine = await checkEngine(docker);
      return engine.ok ? [engine, await checkImage(docker, image)] : [engine];
    },
  };
}

/** Whether the engine answers and has the image, so that `dockerProvider(options)` can make sandboxes. */
export async function dockerIsReady(options: DockerOptions = {}): Promise<boolean> {
  return (await dockerProvider(options).check()).every((check) => check.ok);
}

function atSocket(socketPath: string): Docker.DockerOptions {
  // A host from DOCKER_HOST would win over the socket.
  return { socketPath, host: undefined, protocol: "http" };
}

async function startContainer(
  docker: Docker,
  options: Docker.ContainerCreateOptions,
  files: readonly TarEntry[],
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
const folders = [
  { path: `${dockerFolders.workspace.slice(1)}/`, uid },
  { path: `${dockerFolders.scratch.slice(1)}/`, uid },
  { path: `${dockerFolders.home.slice(1)}/`, uid },
  { path: `${dockerFolders.home.slice(1)}/.gitconfig`, uid, content: gitConfig },
];

function containerOptions(request: SandboxRequest, image: string, owner: string): Docker.ContainerCreateOptions {
  const { limits } = request;
  const memory = limits.memoryMb * 1024 * 1024;
  const environment = sandboxEnvironment({ home: dockerFolders.home, tmp: "/tmp" });
  return {
    Image: image,
    Hostname: "sandbox",
    User: `${uid}:${uid}`,
    WorkingDir: dockerFolders.workspace,
    // It only has to be there; a day is longer than any run, and then nothing stays behind even if we do not come back.
    Entrypoint: ["sleep", String(lifetimeSeconds)],
    Cmd: [],
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [label.owner]: owner,
      [label.run]: request.runId,
      [label.lease]: String(request.lease),
      [label.purpose]: request.purpose,
    },
    HostConfig: {
      AutoRemove: true,
      Init: true,
      NetworkMode: request.network === "open" ? "bridge" : "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Memory: memory,
      MemorySwap: memory,
      // A quota and not NanoCpus: the engine refuses those where the host has fewer processors than asked for.
      CpuPeriod: 100_000,
      CpuQuota: Math.round(limits.cpus * 100_000),
      PidsLimit: limits.processes,
      LogConfig: { Type: "none", Config: {} },
      Mounts: [{ Type: "bind", Source: resolve(request.mirror), Target: dockerFolders.mirror, ReadOnly: true }],
    },
  };
}

async function checkEngine(docker: Docker): Promise<HealthCheck> {
  const name = "container engine";
  try {
    const { Version } = await docker.version();
    return { name, ok: true, detail: `version ${Version} answers` };
  } catch (error) {
    return { name, ok: false, detail: explain(error), remedy: engineRemedy(error) };
  }
}

async function checkImage(docker: Docker, image: string): Promise<HealthCheck> {
  const name = "sandbox image";
  try {
    const { Created } = await docker.getImage(image).inspect();
    return { name, ok: true, detail: `${image}, made ${Created}` };
  } catch (error) {
    const detail = statusOf(error) === 404 ? `${image} is not there` : explain(error);
    return { name, ok: false, detail, remedy: `Build it in Nightshift's folder: ${buildCommand}` };
  }
}
