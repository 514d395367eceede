import type Docker from "dockerode";
import { NightshiftError } from "../../domain/errors.ts";
import { ending } from "../ending.ts";
import { type Guard, guardFiles } from "../guard/open-guard.ts";
import { forwarderPort } from "../guard/proxy-settings.ts";
import { removeContainer } from "./docker-sandbox.ts";

/** What of a container depends on its network. */
export interface Attachment {
  readonly networkMode: string;
  /** Its main process. */
  readonly argv: readonly string[];
  readonly mounts: readonly Docker.MountConfig[number][];
}

/** A user of no files, so that nothing that a sandbox's own user runs can end the main process and with it the sandbox. */
export const mainUser = "65534:65534";

/** Where the guard's folder is seen inside. */
const target = "/run/nightshift";
const forwardTimeoutMs = 15_000;

/** It only has to be there; a day is longer than any run, and then nothing of it runs on even if we do not come back. */
const idle = ["sleep", "86400"] as const;

/** Without any network. */
export const unguarded: Attachment = { networkMode: "none", argv: idle, mounts: [] };

export interface GuardedStart {
  readonly guard: Guard;
  readonly start: (attachment: Attachment) => Promise<Docker.Container>;
  /** Starts a container of our own image that holds nothing but a network. */
  readonly startSidecar: (attachment: Attachment) => Promise<Docker.Container>;
  readonly image: string;
  /** Images that have nothing to run the forwarder with. */
  readonly bareImages: Set<string>;
}

export interface GuardedContainer {
  readonly container: Docker.Container;
  readonly sidecar?: Docker.Container;
}

/**
 * A container without any network but a forwarder to the guard on its loopback: as its own main process, or, in an image that
 * cannot run it, as that of a sidecar whose network it joins.
 */
export async function startGuarded(request: GuardedStart): Promise<GuardedContainer> {
  const { guard, start, image, bareImages } = request;
  const forwarding = forwarder(guard);
  if (!bareImages.has(image)) {
    const container = await start(forwarding);
    if (await forwards(guard, container)) return { container };
    bareImages.add(image);
  }
  const sidecar = await request.startSidecar(forwarding);
  if (!(await forwards(guard, sidecar))) {
    throw new NightshiftError(
      "sandbox_unavailable",
      `Neither the image ${image} nor Nightshift's own can run the forwarder to the egress guard, which needs Perl.`,
    );
  }
  try {
    return { container: await start({ ...unguarded, networkMode: `container:${sidecar.id}` }), sidecar };
  } catch (error) {
    await removeContainer(sidecar);
    throw error;
  }
}

function forwarder({ folder }: Guard): Attachment {
  const { script, proxy, forwarded } = guardFiles;
  return {
    networkMode: "none",
    argv: ["perl", `${target}/${script}`, String(forwarderPort), `${target}/${proxy}`, `${target}/${forwarded}`],
    mounts: [{ Type: "bind", Source: folder, Target: target, ReadOnly: true }],
  };
}

/** Whether the container's main process has come to listen; one that ended instead is removed. */
async function forwards(guard: Guard, container: Docker.Container): Promise<boolean> {
  const done = new AbortController();
  const ended = container.wait({ condition: "not-running", abortSignal: done.signal }).then(
    () => false,
    () => false, // Removed already.
  );
  const outcome = Promise.race([guard.forwarded.then(() => true), ended]);
  try {
    if ((await ending(outcome, forwardTimeoutMs)) !== "ended") throw unreachable(guard);
    if (await outcome) return true;
    await removeContainer(container);
    return false;
  } catch (error) {
    await removeContainer(container);
    throw error;
  } finally {
    done.abort();
  }
}

function unreachable({ folder }: Guard): NightshiftError {
  return new NightshiftError(
    "sandbox_unavailable",
    `From inside a container the socket of the egress guard in ${folder} cannot be reached. The engine has to run on this machine and see that path; gVisor needs --host-uds=open among the runtime's arguments.`,
  );
}
