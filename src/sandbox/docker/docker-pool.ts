import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type Docker from "dockerode";
import type { SandboxRequest } from "../../domain/sandbox.ts";
import { takenName } from "./docker-labels.ts";
import type { Fixed, StartDocker, Started } from "./docker-start.ts";
import { warmPool } from "./warm-pool.ts";

const ordinaryIdleMs = 10 * 60_000;

export interface DockerPool extends AsyncDisposable {
  /** One that waits for this and still runs, from now on by its name the taker's; `undefined` where the taker has to start one. */
  take(fixed: Fixed, taker: SandboxRequest): Promise<Started | undefined>;
  /** Starts another one of these, for whoever wants the same next. */
  startNext(fixed: Fixed): Promise<void>;
  /** Throws away those that were made from this image, which is about to be removed. */
  release(image: string): Promise<void>;
}

interface Kind {
  /** With the image by its id, also where its name means another one by now. */
  readonly fixed: Fixed;
  readonly asked: string;
  readonly key: string;
}

/** Started containers that wait behind guards which let nothing out. */
export function dockerPool(
  docker: Docker,
  start: StartDocker,
  { size, idleMs = ordinaryIdleMs }: { readonly size: number; readonly idleMs?: number },
): DockerPool {
  const pool = warmPool<Kind, Started>({ size, idleMs, make: ({ fixed }) => start(fixed, "waiting") });
  // Whether one of those that wait is alive is told by its guard.
  const mayWait = ({ network }: Fixed) => size > 0 && network === "guarded";

  return {
    async take(fixed, taker) {
      const kind = mayWait(fixed) ? await kindOf(docker, fixed) : undefined;
      const isWanted = ({ key }: Kind) => key === kind?.key;
      return kind && (await pool.take(isWanted, (waiting) => isTaken(waiting, taker)));
    },
    async startNext(fixed) {
      const kind = mayWait(fixed) ? await kindOf(docker, fixed) : undefined;
      if (kind !== undefined) pool.add(kind);
    },
    release: (image) => pool.discard(({ asked, fixed }) => asked === image || fixed.from === image),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

async function isTaken({ container }: Started, taker: SandboxRequest): Promise<boolean> {
  try {
    // By this name the sweep knows whose it is, before anything of the run's is in it.
    const name = takenName(taker, container.id);
    const [{ State }] = await Promise.all([container.inspect(), container.rename({ name })]);
    return State.Running;
  } catch {
    // It is gone, or the engine does not answer: then whoever starts one is told so.
    return false;
  }
}

/** What has to be the same. `undefined` where something is not there, which whoever starts one is told. */
async function kindOf(docker: Docker, fixed: Fixed): Promise<Kind | undefined> {
  const { from: asked, image, mirror, limits } = fixed;
  try {
    // A mirror may have been made anew: a container still sees the folder that it was made with.
    const [{ Id }, { dev, ino }] = await Promise.all([docker.getImage(asked).inspect(), stat(mirror)]);
    return {
      asked,
      fixed: { ...fixed, from: Id },
      key: JSON.stringify([Id, image, resolve(mirror), dev, ino, limits]),
    };
  } catch {
    return undefined;
  }
}
