import type Docker from "dockerode";
import { isGuardDead, sweepGuards } from "../guard/sweep-guards.ts";
import { guardPurpose, label, takerOf } from "./docker-labels.ts";
import { removeContainer } from "./docker-sandbox.ts";
import { noEngine } from "./engine-error.ts";

type IsAlive = (runId: string, lease: number) => Promise<boolean>;

/**
 * Removes the owner's containers and guards that nobody living holds; returns how many, sidecars aside.
 * @throws what stood in the way of the first that could not be removed, after all the others.
 */
export async function sweepContainers(
  docker: Docker,
  owner: string,
  guardParent: string,
  isAlive: IsAlive,
): Promise<number> {
  const filters = { label: [`${label.owner}=${owner}`] };
  const found = await docker.listContainers({ all: true, filters }).catch((error: unknown) => {
    throw noEngine(error);
  });
  let removed = 0;
  const failures: unknown[] = [];
  for (const container of found) {
    if (await isHeld(container, isAlive)) continue;
    try {
      await removeContainer(docker.getContainer(container.Id));
      if (container.Labels[label.purpose] !== guardPurpose) removed += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  await sweepGuards(guardParent);
  if (failures.length > 0) throw failures[0];
  return removed;
}

async function isHeld({ Labels, Names, State }: Docker.ContainerInfo, isAlive: IsAlive): Promise<boolean> {
  const guardFolder = Labels[label.waiting];
  if (!guardFolder) return await isAlive(Labels[label.run] ?? "", Number(Labels[label.lease]));
  const taker = takerOf(Names);
  if (taker !== undefined) return await isAlive(taker.runId, taker.lease);
  // It waits, in a worker that may be another one, for as long as its guard listens. The guard is there before the container is.
  return State !== "exited" && !(await isGuardDead(guardFolder));
}
