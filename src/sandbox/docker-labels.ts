import type { SandboxRequest } from "../domain/sandbox.ts";

/** How the containers of ours are told from others', and from one another. */
export const label = {
  owner: "nightshift.owner",
  run: "nightshift.run",
  lease: "nightshift.lease",
  purpose: "nightshift.purpose",
} as const;

/** Of a container that only holds the network of another one. */
export const guardPurpose = "guard";

type Subject = Pick<SandboxRequest, "runId" | "lease">;

export function labels(owner: string, { runId, lease }: Subject, purpose: string): Readonly<Record<string, string>> {
  return {
    [label.owner]: owner,
    [label.run]: runId,
    [label.lease]: String(lease),
    [label.purpose]: purpose,
  };
}
