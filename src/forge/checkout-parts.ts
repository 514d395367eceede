import type { CheckoutParts } from "../domain/checkout-parts.ts";
import type { Mirror, PartsRequest, Permission } from "../domain/forge.ts";
import type { Repository } from "../domain/repository.ts";
import { fetchLfs } from "./fetch-lfs.ts";
import { fetchSubmodules } from "./fetch-submodules.ts";
import type { Git } from "./git.ts";
import type { RemoteHost } from "./remote.ts";

export interface PartsSource {
  readonly git: Git;
  readonly host: RemoteHost;
  readonly dataDir: string;
  readonly lfsBytes: number;
  readonly permission: (repo: Repository, login: string) => Promise<Permission>;
}

/** @see Forge.checkoutParts */
export async function checkoutParts(
  mirror: Mirror,
  request: PartsRequest,
  source: PartsSource,
): Promise<CheckoutParts> {
  const [modules, lfs] = await Promise.all([
    fetchSubmodules(mirror, request, source),
    fetchLfs(mirror, request, source),
  ]);
  return {
    submodules: modules.submodules,
    lfsFiles: lfs.files,
    warnings: [...modules.warnings, ...lfs.warnings],
  };
}
