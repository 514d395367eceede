import { access } from "node:fs/promises";
import { join } from "node:path";
import type { LfsFile } from "../domain/checkout-parts.ts";
import type { Mirror, PartsRequest } from "../domain/forge.ts";
import { fullName } from "../domain/repository.ts";
import type { PartsSource } from "./checkout-parts.ts";
import { batchDownloads, download } from "./lfs-api.ts";
import { type LfsPointer, lfsPointers } from "./lfs-pointers.ts";

const atOnce = 4;

/** Fetches the content of the commit's files of Git LFS into the mirror's folder, where git-lfs itself would keep it. */
export async function fetchLfs(
  mirror: Mirror,
  request: PartsRequest,
  { git, host, lfsBytes }: PartsSource,
): Promise<{ readonly files: readonly LfsFile[]; readonly warnings: readonly string[] }> {
  const { repo, sha, signal } = request;
  const pointers = await lfsPointers(git, { gitDir: mirror.path, sha, signal });
  const objects = new Map(pointers.map((pointer) => [pointer.oid, pointer]));
  const bytes = [...objects.values()].reduce((sum, each) => sum + each.bytes, 0);
  if (bytes > lfsBytes) {
    const much = `${pointers.length} files with ${mb(bytes)} MB, more than the ${mb(lfsBytes)} MB that \`sandbox.lfs_mb\` allows`;
    return { files: [], warnings: [`${notFetched}: ${much}.`] };
  }

  const missing: LfsPointer[] = [];
  for (const pointer of objects.values()) {
    if (!(await isThere(objectPath(mirror, pointer.oid)))) missing.push(pointer);
  }
  const { found, refused } = await batchDownloads(host, repo, missing, signal);
  const waiting = [...found];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await download(next, objectPath(mirror, next.oid), signal);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));

  const files = pointers.filter(({ oid }) => !refused.has(oid)).map(({ path, oid }) => ({ path, oid }));
  if (refused.size === 0) return { files, warnings: [] };
  const [why] = refused.values();
  const names = pointers.filter(({ oid }) => refused.has(oid)).map(({ path }) => path);
  const some = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  return { files, warnings: [`${notFetched}: ${fullName(repo)} does not give ${some} (${why}).`] };
}

const notFetched = "Files of Git LFS are not fetched and hold pointers instead of their content";

function objectPath({ path }: Mirror, oid: string): string {
  return join(path, "lfs", "objects", oid.slice(0, 2), oid.slice(2, 4), oid);
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function mb(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}
