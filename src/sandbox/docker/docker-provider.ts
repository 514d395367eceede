import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import type { Sandbox, SandboxProvider, SandboxRequest } from "../../domain/sandbox.ts";
import { cancelled } from "../command-result.ts";
import { meters } from "../guard/meter.ts";
import { gitConfig } from "../sandbox-files.ts";
import { checkEngine } from "./docker-check.ts";
import { uid } from "./docker-container.ts";
import { label } from "./docker-labels.ts";
import type { DockerOptions } from "./docker-options.ts";
import { dockerPool } from "./docker-pool.ts";
import { type ProbeRequest, probeContainer } from "./docker-probe.ts";
import { DockerSandbox, dockerFolders, removeContainer } from "./docker-sandbox.ts";
import { dockerSnapshots } from "./docker-snapshots.ts";
import { dockerStarter, type Fixed } from "./docker-start.ts";
import { sweepContainers } from "./docker-sweep.ts";
import { createError } from "./engine-error.ts";

const defaultImage = "nightshift-sandbox";
const answerMs = 60_000;
/** To commit what a large set-up has written takes its time, and the engine says nothing meanwhile. */
const commitMs = 15 * 60_000;

/**
 * Sandboxes as containers of a Docker engine: no way out but the egress guard, no rights, no host files but the mirror.
 * Disposal removes the containers that wait; sandboxes are their users' to dispose of.
 */
export function dockerProvider(options: DockerOptions = {}): SandboxProvider & AsyncDisposable {
  const docker = connect(options, options.timeoutMs ?? answerMs);
  const image = options.image ?? defaultImage;
  const owner = options.owner ?? "default";
  const guardParent = options.guard?.parent ?? join(tmpdir(), "nightshift-guard");
  const meterOf = meters();
  const start = dockerStarter(docker, { ...options, image, owner, guardParent });
  const pool = dockerPool(docker, start, options.pool ?? { size: 0 });
  // A change of the user, the folders or the settings of git that a container is made with makes snapshots useless.
  const layout = JSON.stringify([uid, dockerFolders, gitConfig]);

  return {
    name: "docker",
    warning: undefined,
    snapshots: dockerSnapshots(docker, {
      image,
      owner,
      layout,
      patient: connect(options, commitMs),
      release: pool.release,
    }),

    async create(request, { signal }) {
      const fixed = fixedOf(request, image);
      if (signal.aborted) throw cancelled("Making a sandbox", signal);
      try {
        await using parts = new AsyncDisposableStack();
        const started = parts.use((await pool.take(fixed, request)) ?? (await start(fixed, request)));
        if (!signal.aborted) {
          const { container, running, guard, hasSidecar } = started;
          if (typeof request.network !== "string") {
            const { network, onRefusal, runId } = request;
            guard?.admit({ allow: network.allow, meter: meterOf(runId), onRefusal });
          }
          // A sidecar has no name of the run that takes it.
          if (!hasSidecar) void pool.startNext(fixed);
          const owned = parts.move();
          const { diskMb } = request.limits;
          return new DockerSandbox(docker, container, { running, diskMb, release: () => owned.disposeAsync() });
        }
      } catch (error) {
        throw createError(error, fixed.from, request.mirror);
      }
      throw cancelled("Making a sandbox", signal);
    },

    sweep: (isAlive) => sweepContainers(docker, owner, guardParent, isAlive),

    async check() {
      const ready = await checkEngine(docker, { image, runtime: options.runtime });
      if (!ready.every(({ ok }) => ok)) return ready;
      return [
        ...ready,
        ...(await probeContainer({ create: (probe) => createProbe(docker, options, probe), mirror: guardParent })),
      ];
    },

    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

function fixedOf({ snapshot, image, mirror, limits, network }: SandboxRequest, ordinary: string): Fixed {
  return {
    from: snapshot?.reference ?? image ?? ordinary,
    image: image ?? ordinary,
    isSnapshot: snapshot !== undefined,
    mirror,
    limits,
    network: network === "none" ? "none" : "guarded",
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
    pool: { size: 0 },
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
