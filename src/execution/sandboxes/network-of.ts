import type { Mirror } from "../../domain/forge.ts";
import type { SandboxNetwork } from "../../domain/sandbox.ts";
import type { Factory } from "../workflow.ts";

/**
 * What the sandboxes of a repository reach: the registries its default branch has manifests for, the git host, and what the
 * operator adds. Never by the branch that is worked on, which would choose for itself.
 */
export async function networkOf(
  { settings, dependencyHosts, forge }: Pick<Factory, "settings" | "dependencyHosts" | "forge">,
  mirror: Mirror,
): Promise<SandboxNetwork> {
  const { allow } = settings.sandbox.network;
  if (allow.includes("*")) return { allow };
  const { read } = await forge.committedFiles(mirror, mirror.headSha);
  const hosts = await dependencyHosts(read);
  return { allow: [...new Set([...hosts, ...allow])] };
}
