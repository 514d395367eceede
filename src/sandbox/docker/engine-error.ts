import { explain, NightshiftError } from "../../domain/errors.ts";

export function buildCommand(image: string): string {
  return `docker build --target sandbox -t ${image} .`;
}

/** The engine's HTTP status, where it answered at all. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && "statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** Why no sandbox could be made, with the way out. */
export function createError(error: unknown, image: string, mirror: string): NightshiftError {
  if (error instanceof NightshiftError) return error;
  if (statusOf(error) === undefined) return noEngine(error);
  if (/unknown runtime/i.test(explain(error))) return noRuntime(error);
  if (statusOf(error) === 404) return noImage(image, error);
  if (explain(error).includes("bind source path")) {
    const text = `The container engine cannot see the mirror ${mirror}. Where Nightshift itself runs in a container, its data folder needs the same path inside as on the host.`;
    return new NightshiftError("sandbox_unavailable", text, { cause: error });
  }
  return new NightshiftError("sandbox_failed", "The container engine made no sandbox.", { cause: error });
}

/** What to do about a runtime that the engine does not know. */
export const runtimeRemedy =
  "Install it and add it to /etc/docker/daemon.json under `runtimes`, or leave `sandbox.runtime` out of nightshift.yaml.";

function noRuntime(cause: unknown): NightshiftError {
  const text = `The container engine does not know the runtime that \`sandbox.runtime\` names. ${runtimeRemedy}`;
  return new NightshiftError("sandbox_unavailable", text, { cause });
}

function noImage(image: string, cause?: unknown): NightshiftError {
  const text = `There is no sandbox image ${image}. Build it in Nightshift's folder: ${buildCommand(image)}`;
  return new NightshiftError("sandbox_unavailable", text, { cause });
}

export function noEngine(cause: unknown): NightshiftError {
  return new NightshiftError("sandbox_unavailable", `No container engine answers. ${engineRemedy(cause)}`, {
    retryable: true,
    cause,
  });
}

/** What to do when the engine does not answer. */
export function engineRemedy(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EACCES" || code === "EPERM") {
    return "Its socket is there but not for this user: add the user to the group `docker` and log in again.";
  }
  return "Install Docker (https://docs.docker.com/engine/install/, or `apt-get install docker.io`) and start it; DOCKER_HOST names one elsewhere.";
}

/** What became of a sandbox in which the engine could not do something. */
export function sandboxError(error: unknown, id: string): NightshiftError {
  if (error instanceof NightshiftError) return error;
  const status = statusOf(error);
  if (status === undefined) return unreachable(id, error);
  // 409: the container is there but does not run.
  if (status === 404 || status === 409) return lost(id, error);
  return new NightshiftError("sandbox_failed", `The container engine failed at sandbox ${id}.`, { cause: error });
}

/** The engine went away with it, or hangs: what became of the sandbox cannot be known, so it counts as lost. */
function unreachable(id: string, cause: unknown): NightshiftError {
  const text = `Sandbox ${id} is out of reach: the container engine does not answer.`;
  return new NightshiftError("sandbox_lost", text, { retryable: true, cause });
}

export function lost(id: string, cause?: unknown): NightshiftError {
  const text = `Sandbox ${id} is gone: its container was removed or stopped from outside.`;
  return new NightshiftError("sandbox_lost", text, { retryable: true, cause });
}
