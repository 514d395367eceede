import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ApiError } from "../api-error.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";

const wanted = z.object({
  operation: z.literal("download"),
  objects: z.array(z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number() })),
});
const paths = { batch: "info/lfs/objects/batch", object: /^info\/lfs\/objects\/([0-9a-f]{64})$/ } as const;

export function isLfsPath(rest: string): boolean {
  return rest === paths.batch || paths.object.test(rest);
}

/** The batch API of Git LFS, and the objects themselves; whoever may read the repository may read them. */
export async function serveLfs(
  github: GitHubState,
  request: Request,
  { repo, rest }: { readonly repo: StoredRepository; readonly rest: string },
): Promise<Response> {
  const oid = paths.object.exec(rest)?.[1];
  if (oid !== undefined) {
    const content = await readObject(repo, oid);
    if (content === undefined) throw new ApiError(404, "Object not found.");
    return new Response(new Uint8Array(content));
  }
  const { objects } = wanted.parse(await request.json());
  const answers = objects.map(async ({ oid, size }) => {
    if ((await readObject(repo, oid)) === undefined) {
      return { oid, size, error: { code: 404, message: "Object does not exist on the server" } };
    }
    const href = `${github.url}/${repo.owner.login}/${repo.name}.git/info/lfs/objects/${oid}`;
    const header = { Authorization: request.headers.get("authorization") ?? "" };
    return { oid, size, authenticated: true, actions: { download: { href, header } } };
  });
  return Response.json(
    { transfer: "basic", objects: await Promise.all(answers) },
    { headers: { "content-type": "application/vnd.git-lfs+json" } },
  );
}

/** Stores the content as a push by git-lfs does; gives the text of its pointer. */
export async function storeLfsObject({ path }: StoredRepository, content: Uint8Array): Promise<string> {
  const oid = createHash("sha256").update(content).digest("hex");
  await mkdir(join(path, "lfs"), { recursive: true });
  await writeFile(join(path, "lfs", oid), content);
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
}

async function readObject({ path }: StoredRepository, oid: string): Promise<Buffer | undefined> {
  return await readFile(join(path, "lfs", oid)).catch(() => undefined);
}
