import type Docker from "dockerode";
import type { SandboxRequest } from "../../domain/sandbox.ts";
import { type Guard, openGuard } from "../guard/open-guard.ts";
import { type RunningCommand, runningCommand } from "../running-command.ts";
import { type Attachment, type GuardedContainer, startGuarded, unguarded } from "./docker-attach.ts";
import { containerOptions, sandboxFiles, sidecarOptions, startContainer } from "./docker-container.ts";
import { labels, type Subject } from "./docker-labels.ts";
import type { DockerOptions } from "./docker-options.ts";
import { removeContainer } from "./docker-sandbox.ts";

/** What a container is fixed to when it is made. */
export interface Fixed extends Pick<SandboxRequest, "mirror" | "limits"> {
  /** By name or id. */
  readonly from: string;
  /** What it began with, if it is a snapshot. */
  readonly image: string;
  readonly isSnapshot: boolean;
  readonly network: "none" | "guarded";
}

/** A container that runs and nobody's commands have run in. Disposal removes it with its guard. */
export interface Started extends AsyncDisposable {
  readonly container: Docker.Container;
  readonly running: RunningCommand;
  /** Lets nothing out before a run is admitted. */
  readonly guard: Guard | undefined;
  readonly hasSidecar: boolean;
}

export type StartDocker = (
  fixed: Fixed,
  subject: Pick<SandboxRequest, "runId" | "lease" | "purpose"> | "waiting",
) => Promise<Started>;

type StartOptions = DockerOptions & {
  readonly image: string;
  readonly owner: string;
  readonly guardParent: string;
};

export function dockerStarter(docker: Docker, options: StartOptions): StartDocker {
  const { owner, guardParent } = options;
  const bareImages = new Set<string>();

  const startBehind = (fixed: Fixed, guard: Guard | undefined, subject: Subject) => {
    // A snapshot holds them already, as its set-up left them; but for the guard, which is another one for each sandbox.
    const files = fixed.isSnapshot && guard === undefined ? [] : sandboxFiles(guard);
    const start = (attachment: Attachment) => {
      const { runtime, caBundle } = options;
      const made = { runtime, caBundle, image: fixed.from, labels: labels(owner, subject) };
      return startContainer(docker, containerOptions(fixed, made, attachment, guard), files);
    };
    const startSidecar = (attachment: Attachment) =>
      startContainer(docker, sidecarOptions(options.image, labels(owner, subject, true), attachment));
    return { start, startSidecar };
  };

  return async (fixed, subject) => {
    await using parts = new AsyncDisposableStack();
    const running = runningCommand();
    const guard =
      fixed.network === "guarded"
        ? parts.use(
            await openGuard({
              maxBytes: 2 * 1024 ** 3,
              ...options.guard,
              parent: guardParent,
              command: running.line,
            }),
          )
        : undefined;
    const { start, startSidecar } = startBehind(
      fixed,
      guard,
      subject === "waiting" ? { waitingAt: guard?.folder ?? "" } : subject,
    );
    const { container, sidecar }: GuardedContainer =
      guard === undefined
        ? { container: await start(unguarded) }
        : await startGuarded({ guard, start, startSidecar, image: fixed.image, bareImages });
    if (sidecar !== undefined) parts.defer(() => removeContainer(sidecar));
    parts.defer(() => removeContainer(container));
    const owned = parts.move();
    return {
      container,
      running,
      guard,
      hasSidecar: sidecar !== undefined,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };
}
