import { execFile } from "node:child_process";
import { promisify } from "node:util";
import Docker from "dockerode";
import { findSandboxes } from "../../src/compose/sandboxes.ts";
import type { Sandbox, SandboxRequest } from "../../src/domain/sandbox.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import type { Bench } from "./bench.ts";
import { temporaryFolder } from "./factory-floor.ts";
import { inTurns, median, type Sample } from "./measure.ts";

const units = { builtin: "ms", program: "ms" };
const lines = { builtin: ":", program: "/bin/true" };
/** Of each kind in a round; of ours more, since they are over so soon. */
const commands = { ours: 100, theirs: 8 };

/**
 * One command in a shell that is kept open, beside a new process in the same container for each: started by the engine's command line,
 * and by its API. Without a container engine the sandbox is a folder, and the peer a new bash on this machine.
 */
export const shell: Bench = async (context) => {
  await using parts = new AsyncDisposableStack();
  const { path } = parts.use(await temporaryFolder());
  const { signal } = context;
  const { image } = operatorSettings.parse({}).sandbox;
  const isDocker = (await findSandboxes(image)).name === "docker";
  const provider = isDocker ? dockerProvider({ image, owner: "bench" }) : processProvider({ owner: "bench" });
  const sandbox = parts.use(await provider.create(aRequest(path), { signal }));
  const kept = parts.use(await sandbox.openShell({ signal }));

  return await inTurns(
    {
      units,
      ours: () =>
        sample(commands.ours, async (line) => {
          const { exitCode } = await kept.run({ line, timeoutMs: 10_000 }, { signal });
          if (exitCode !== 0) throw new Error(`${line} ended with exit code ${exitCode}.`);
        }),
      peers: isDocker ? dockerPeers(sandbox) : { new_bash: () => sample(commands.theirs, newBash) },
      rounds: 5,
    },
    context,
  );
};

function aRequest(mirror: string): SandboxRequest {
  const limits = { memoryMb: 512, cpus: 2, processes: 100, diskMb: 1_000, openFiles: 4_096 };
  return { runId: "bench", lease: 1, purpose: "work", mirror, network: "none", limits };
}

function dockerPeers(sandbox: Sandbox) {
  const container = new Docker().getContainer(sandbox.id);
  return {
    docker_exec: () =>
      sample(commands.theirs, async (line) => {
        await promisify(execFile)("docker", ["exec", sandbox.id, "bash", "-c", line]);
      }),
    engine_api: () =>
      sample(commands.theirs, async (line) => {
        const exec = await container.exec({ Cmd: ["bash", "-c", line], AttachStdout: true, AttachStderr: true });
        const stream = await exec.start({});
        for await (const _ of stream) {
          // Read to its end.
        }
        const { ExitCode } = await exec.inspect();
        if (ExitCode !== 0) throw new Error(`${line} ended with exit code ${ExitCode}.`);
      }),
  };
}

async function newBash(line: string): Promise<void> {
  await promisify(execFile)("bash", ["-c", line]);
}

/** The median of so many of each. */
async function sample(count: number, run: (line: string) => Promise<void>): Promise<Sample> {
  const measured: Record<string, number> = {};
  for (const [name, line] of Object.entries(lines)) {
    const took: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const started = performance.now();
      await run(line);
      took.push(performance.now() - started);
    }
    measured[name] = median(took);
  }
  return measured;
}
