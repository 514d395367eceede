import type { SandboxRequest } from "../../domain/sandbox.ts";

/** How the containers of ours are told from others', and from one another. */
export const label = {
  owner: "nightshift.owner",
  run: "nightshift.run",
  lease: "nightshift.lease",
  purpose: "nightshift.purpose",
  /** The folder of its guard, on a container that was made to wait; its name tells whether it still does. */
  waiting: "nightshift.waiting",
} as const;

/** Of a container that only holds the network of another one. */
export const guardPurpose = "guard";

/** Whose a container is. */
export type Subject = Pick<SandboxRequest, "runId" | "lease" | "purpose"> | { readonly waitingAt: string };

// Every label is given: what is left out would be that of the image, and a snapshot has those of the run that kept it.
export function labels(owner: string, subject: Subject, isSidecar = false): Readonly<Record<string, string>> {
  const waits = "waitingAt" in subject;
  return {
    [label.owner]: owner,
    [label.run]: waits ? "" : subject.runId,
    [label.lease]: waits ? "" : String(subject.lease),
    [label.purpose]: isSidecar ? guardPurpose : waits ? "pool" : subject.purpose,
    [label.waiting]: waits ? subject.waitingAt : "",
  };
}

/** Labels stay as they are, so that a container that waited is named after the run that takes it. */
export function takenName({ runId, lease }: Pick<SandboxRequest, "runId" | "lease">, containerId: string): string {
  return `nightshift.${runId}.${lease}.${containerId.slice(0, 12)}`;
}

/** The run and the lease in the names that the engine lists of a container; `undefined` of one that nobody has taken. */
export function takerOf(names: readonly string[]): Pick<SandboxRequest, "runId" | "lease"> | undefined {
  for (const name of names) {
    const [, runId, lease] = /^\/nightshift\.(.+)\.(\d+)\.[0-9a-f]{12}$/.exec(name) ?? [];
    if (runId !== undefined) return { runId, lease: Number(lease) };
  }
  return undefined;
}
