import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Docker from "dockerode";
import type { Sandbox, SandboxProvider, SandboxRequest } from "../domain/sandbox.ts";
import { cancelled } from "./command-result.ts";
import { type Attachment, type GuardedContainer, mainUser, startGuarded, unguarded } from "./docker-attach.ts";
import { checkEngine } from "./docker-check.ts";
import { guardPurpose, label, labels } from "./docker-labels.ts";
import { type ProbeRequest, probeContainer } from "./docker-probe.ts";
import { DockerSandbox, dockerFolders, removeContainer } from "./docker-sandbox.ts";

import { dockerSnapshots } from "./docker-snapshots.ts";
import { createError, noEngine } from "./engine-error.ts";

import { certificateEnvironment, certificateMounts } from "./guard/certificates.ts";
import { meters } from "./guard/meter.ts";
import { type Guard, type GuardOptions, openGuard } from "./guard/open-guard.ts";
import { proxyEnvironment, proxyFiles, proxyGitConfig } from "./guard/proxy-settings.ts";
import { sweepGuards } from "./guard/sweep-guards.ts";
import { runningCommand } from "./running-command.ts";
import { gitConfig, sandboxEnvironment } from "./sandbox-files.ts";
import { type TarEntry, tarArchive } from "./tar-archive.ts";

export interface DockerOptions {
  /** Default: `nightshift-sandbox`. */
  readonly image?: string;
  /** Whose containers these are, where several Nightshifts share an engine: a sweep sees its own only. */
  readonly owner?: string;
  /** Default: what DOCKER_HOST names, else the usual socket. */
  readonly socketPath?: string;
  /** Another OCI runtime of the engine, like `runsc`. */
  readonly runtime?: string | undefined;
  /** A file of certificates, by its absolute path, that programs inside trust besides the public ones. */
  readonly caBundle?: string | undefined;
  /** How long the engine may say nothing to an ordinary call, in ms, before it counts as gone. Default: a minute. */
  readonly timeoutMs?: number;
  readonly guard?: DockerGuardOptions;
}

export interface DockerGuardOptions extends Pick<GuardOptions, "internal" | "ports" | "loopback" | "resolve"> {
  /** A short absolute path that the engine sees as well. Default: below the system's folder for temporary files. */
  readonly parent?: string;
  /** What one run may send and receive. Default: 2 GB. */
  readonly maxBytes?: number;
}

const defaultImage = "nightshift-sandbox";
const uid = 1000;
const answerMs = 60_000;
/** To commit what a large set-up has written takes its time, and the engine says nothing meanwhile. */
const commitMs = 15 * 60_000;

/** Sandboxes as containers of a Docker engine: no way out but the egress guard, no rights, no host files but the mirror. */
export function dockerProvider(options: DockerOptions = {}): SandboxProvider {
  const docker = connect(options, options.timeoutMs ?? answerMs);
  const image = options.image ?? defaultImage;
  const owner = options.owner ?? "default";
  const guardParent = options.guard?.parent ?? join(tmpdir(), "nightshift-guard");
  const meterOf = meters();
  const bareImages = new Set<string>();

  const guardOf = async (request: SandboxRequest, command: () => string | undefined): Promise<Guard | undefined> => {
    if (typeof request.network === "string") return undefined;
    return await openGuard({
      maxBytes: 2 * 1024 ** 3,
      ...options.guard,
      parent: guardParent,
      allow: request.network.allow,
      meter: meterOf(request.runId),
      command,
      onRefusal: request.onRefusal,
    });
  };

  const startContainers = async (
    request: SandboxRequest,
    from: string,
    guard: Guard | undefined,
  ): Promise<GuardedContainer> => {
    // A snapshot holds them already, as its set-up left them; but for the guard, which is another one for each sandbox.
    const files = request.snapshot !== undefined && guard === undefined ? [] : sandboxFiles(guard);
    const start = async (attachment: Attachment) => {
      const settings = containerOptions(request, { ...options, image: from, owner }, attachment, guard);
      return await startContainer(docker, settings, files);
    };
    if (guard === undefined) {
      return { container: await start(unguarded(request.network === "open" ? "bridge" : "none")) };
    }
    return await startGuarded({
      guard,
      start,
      startSidecar: (attachment) => startContainer(docker, sidecarOptions(request, image, owner, attachment)),
      image: request.image ?? image,
      bareImages,
    });
  };

  return {
    name: "docker",
    warning: undefined,

    // A change of the user, the folders or the settings of git that a container is made with makes snapshots useless.
    snapshots: dockerSnapshots(docker, {
      image,
      owner,
      layout: JSON.stringify([uid, dockerFolders, gitConfig]),
      patient: connect(options, commitMs),
    }),

    async create(request, { signal }) {
      const from = request.snapshot?.reference ?? request.image ?? image;
      if (signal.aborted) throw cancelled("Making a sandbox", signal);
      try {
        await using parts = new AsyncDisposableStack();
        const running = runningCommand();
        const guard = await guardOf(request, running.line);
        if (guard !== undefined) parts.use(guard);
        const { container, sidecar } = await startContainers(request, from, guard);
        if (sidecar !== undefined) parts.defer(() => removeContainer(sidecar));
        parts.defer(() => removeContainer(container));
        if (!signal.aborted) {
          const owned = parts.move();
          const { diskMb } = request.limits;
          return new DockerSandbox(docker, container, { running, diskMb, release: () => owned.disposeAsync() });
        }
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
        if (Labels[label.purpose] !== guardPurpose) removed += 1;
      }
      await sweepGuards(guardParent);
      return removed;
    },

    async check() {
      const ready = await checkEngine(docker, { image, runtime: options.runtime });
      if (!ready.every(({ ok }) => ok)) return ready;
      return [
        ...ready,
        ...(await probeContainer({ create: (probe) => createProbe(docker, options, probe), mirror: guardParent })),
      ];
    },
  };
}

async function createProbe(
  docker: Docker,
  options: DockerOptions,
  { request, host, port }: ProbeRequest,
): Promise<Sandbox> {
  const owner = "doctor";
  // What a killed doctor left ends by itself after a day.
  await removeEnded(docker, owner);
  const provider = dockerProvider({
    ...options,
    // Of nobody whose sweep could take it for a run's.
    owner,
    guard: {
      ...options.guard,
      internal: [host],
      ports: [port],
      loopback: true,
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    },
  });
  return await provider.create(request, { signal: AbortSignal.timeout(60_000) });
}

async function removeEnded(docker: Docker, owner: string): Promise<void> {
  const filters = { label: [`${label.owner}=${owner}`], status: ["exited", "dead"] };
  const ended = await docker.listContainers({ all: true, filters });
  await Promise.all(ended.map(({ Id }) => removeContainer(docker.getContainer(Id))));
}

/** `timeout` is for a silent connection, and holds for none that has become a stream to a process inside. */
function connect({ socketPath }: DockerOptions, timeout: number): Docker {
  // A host from DOCKER_HOST would win over the socket.
  return new Docker(
    socketPath === undefined ? { timeout } : { timeout, socketPath, host: undefined, protocol: "http" },
  );
}

async function startContainer(
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
function sandboxFiles(guard: Guard | undefined): readonly TarEntry[] {
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

function containerOptions(
  request: SandboxRequest,
  options: DockerOptions & { readonly image: string; readonly owner: string },
  { networkMode, argv, mounts }: Attachment,
  guard: Guard | undefined,
): Docker.ContainerCreateOptions {
  const { limits } = request;
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
    Labels: labels(options.owner, request, request.purpose),
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
        { Type: "bind", Source: resolve(request.mirror), Target: dockerFolders.mirror, ReadOnly: true },
        ...mounts,
        ...(options.caBundle === undefined ? [] : certificateMounts(options.caBundle)),
      ],
    },
  };
}

function sidecarOptions(
  request: SandboxRequest,
  image: string,
  owner: string,
  { networkMode, argv, mounts }: Attachment,
): Docker.ContainerCreateOptions {
  const memory = 64 * 1024 * 1024;
  return {
    Image: image,
    Hostname: "sandbox",
    User: mainUser,
    Entrypoint: [...argv],
    Cmd: [],
    Labels: labels(owner, request, guardPurpose),
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
