import type Docker from "dockerode";
import { explain } from "../../domain/errors.ts";
import type { HealthCheck } from "../../domain/health.ts";
import { buildCommand, engineRemedy, runtimeRemedy, statusOf } from "./engine-error.ts";

/** Whether the engine answers, knows the runtime and has the image; the first that is wrong comes last. */
export async function checkEngine(
  docker: Docker,
  { image, runtime }: { readonly image: string; readonly runtime: string | undefined },
): Promise<readonly HealthCheck[]> {
  const engine = await checkVersion(docker);
  if (!engine.ok) return [engine];
  const runtimes = runtime === undefined ? [] : [await checkRuntime(docker, runtime)];
  return [engine, ...runtimes, await checkImage(docker, image)];
}

async function checkVersion(docker: Docker): Promise<HealthCheck> {
  const name = "container engine";
  try {
    const { Version } = await docker.version();
    return { name, ok: true, detail: `version ${Version} answers` };
  } catch (error) {
    return { name, ok: false, detail: explain(error), remedy: engineRemedy(error) };
  }
}

async function checkRuntime(docker: Docker, runtime: string): Promise<HealthCheck> {
  const name = "container runtime";
  const { Runtimes } = await docker.info();
  const known = Object.keys(Object(Runtimes));
  if (known.includes(runtime)) return { name, ok: true, detail: runtime };
  const detail = `the engine does not know ${runtime}, but ${known.join(", ")}`;
  return { name, ok: false, detail, remedy: runtimeRemedy };
}

async function checkImage(docker: Docker, image: string): Promise<HealthCheck> {
  const name = "sandbox image";
  try {
    const { Created } = await docker.getImage(image).inspect();
    return { name, ok: true, detail: `${image}, made ${Created}` };
  } catch (error) {
    const detail = statusOf(error) === 404 ? `${image} is not there` : explain(error);
    return { name, ok: false, detail, remedy: `Build it in Nightshift's folder: ${buildCommand(image)}` };
  }
}
