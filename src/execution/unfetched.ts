import type { CommittedFiles } from "../domain/committed-files.ts";

/** What a checkout of these files lacks, for people: a sandbox holds no credentials, so nothing is fetched inside. */
export async function unfetchedParts({ hashes, read }: CommittedFiles): Promise<readonly string[]> {
  const warnings: string[] = [];
  const modules = (await read(".gitmodules")) ?? "";
  const paths = [...modules.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)].map(([, path]) => path);
  if (paths.length > 0) {
    warnings.push(`Submodules are not checked out, their folders are empty: ${paths.join(", ")}.`);
  }
  for (const path of hashes.keys()) {
    if (path !== ".gitattributes" && !path.endsWith("/.gitattributes")) continue;
    if (!/^[^#\n]*\sfilter=lfs\b/m.test((await read(path)) ?? "")) continue;
    warnings.push(`Files of Git LFS are not fetched, they hold pointers instead of their content (${path}).`);
    break;
  }
  return warnings;
}
