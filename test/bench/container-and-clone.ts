import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import Docker from "dockerode";

/**
 * How long it takes, in ms, to make an empty container of the image, start it, and clone the mirror in it:
 * onto the container's own layer on the disk, or into memory.
 */
export async function containerAndClone(image: string, mirror: string, onto: "disk" | "memory"): Promise<number> {
  const docker = new Docker();
  const started = performance.now();
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["sleep", "300"],
    Cmd: [],
    // Whoever owns the mirror, so that git trusts it.
    User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: "none",
      ...(onto === "memory" && { Tmpfs: { "/tmp": "mode=1777" } }),
      Mounts: [{ Type: "bind", Source: mirror, Target: "/mirror.git", ReadOnly: true }],
    },
  });
  try {
    await container.start();
    const clone = ["git", "clone", "--quiet", "--shared", "/mirror.git", "/tmp/clone"];
    const exec = await container.exec({ Cmd: clone, AttachStdout: true, AttachStderr: true });
    await finished((await exec.start({})).resume());
    const took = performance.now() - started;
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`git clone in the container ended with exit code ${ExitCode}.`);
    return took;
  } finally {
    await container.remove({ force: true });
  }
}

/** The same without containers: a new folder, and a clone in it. */
export async function folderAndClone(mirror: string): Promise<number> {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "bench-clone-"));
  try {
    await promisify(execFile)("git", ["clone", "--quiet", "--shared", mirror, join(folder, "clone")]);
    return performance.now() - started;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
