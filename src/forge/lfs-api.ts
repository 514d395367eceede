import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { explain, NightshiftError } from "../domain/errors.ts";
import { fullName, type Repository } from "../domain/repository.ts";
import type { LfsPointer } from "./lfs-pointers.ts";
import { type RemoteHost, safeName } from "./remote.ts";

const mediaType = "application/vnd.git-lfs+json";
const batchSize = 100;
const batchMs = 60_000;
const downloadMs = 15 * 60_000;

/** https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md */
const batch = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      actions: z
        .object({
          download: z.object({
            href: z.url({ protocol: /^https?$/ }),
            header: z.record(z.string(), z.string()).optional(),
          }),
        })
        .optional(),
      error: z.object({ code: z.number(), message: z.string() }).optional(),
    }),
  ),
});

export interface LfsDownload {
  readonly oid: string;
  readonly bytes: number;
  readonly href: string;
  readonly header: Readonly<Record<string, string>>;
}

/**
 * Asks where the objects can be had. Gives the reasons for those that cannot.
 * @throws NightshiftError `forge_unavailable` (retryable).
 */
export async function batchDownloads(
  host: RemoteHost,
  repo: Repository,
  wanted: readonly LfsPointer[],
  signal: AbortSignal,
): Promise<{ readonly found: readonly LfsDownload[]; readonly refused: ReadonlyMap<string, string> }> {
  const found: LfsDownload[] = [];
  const refused = new Map<string, string>();
  for (let at = 0; at < wanted.length; at += batchSize) {
    const part = wanted.slice(at, at + batchSize);
    const answered = await ask(host, repo, part, signal);
    for (const { oid, bytes } of part) {
      const object = typeof answered === "string" ? undefined : answered.objects.find((each) => each.oid === oid);
      const action = object?.actions?.download;
      if (action !== undefined) found.push({ oid, bytes, href: action.href, header: action.header ?? {} });
      else refused.set(oid, typeof answered === "string" ? answered : (object?.error?.message ?? "not mentioned"));
    }
  }
  return { found, refused };
}

/** The answer, or why there will be none. */
async function ask(
  { webUrl, mintToken }: RemoteHost,
  repo: Repository,
  objects: readonly LfsPointer[],
  signal: AbortSignal,
): Promise<z.infer<typeof batch> | string> {
  const body = JSON.stringify({
    operation: "download",
    transfers: ["basic"],
    objects: objects.map(({ oid, bytes }) => ({ oid, size: bytes })),
    hash_algo: "sha256",
  });
  const post = async (fresh: boolean) => {
    const token = await mintToken(repo, "read", { fresh });
    const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    return await request(`${webUrl}/${safeName(repo.owner)}/${safeName(repo.name)}.git/info/lfs/objects/batch`, {
      method: "POST",
      headers: { accept: mediaType, "content-type": mediaType, ...(token === undefined ? {} : { authorization }) },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(batchMs)]),
    });
  };
  const first = await post(false);
  const response = first.status === 401 ? await post(true) : first;
  if (!response.ok) return `the LFS server of ${fullName(repo)} answers ${response.status}`;
  const parsed = batch.safeParse(await response.json().catch(() => undefined));
  return parsed.success ? parsed.data : `the LFS server of ${fullName(repo)} gives an answer of another shape`;
}

/** Appears at `path` only when it is whole and what its name says. */
export async function download(from: LfsDownload, path: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.new-${randomUUID()}`;
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(downloadMs)]);
    const response = await request(from.href, { headers: from.header, signal: within });
    if (!response.ok || response.body === null) throw unavailable(from, `it is answered with ${response.status}`);
    const hash = createHash("sha256");
    let bytes = 0;
    const checked = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > from.bytes) throw unavailable(from, "it is longer than its pointer says");
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(response.body), checked, createWriteStream(unfinished, { mode: 0o644 }));
    if (hash.digest("hex") !== from.oid) throw unavailable(from, "its content is not what its pointer says");
    await rename(unfinished, path);
  } catch (error) {
    if (error instanceof NightshiftError) throw error;
    if (signal.aborted)
      throw new NightshiftError("cancelled", "A download of Git LFS was cancelled.", { cause: error });
    throw unavailable(from, explain(error), error);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw busy(`${new URL(url).host} cannot be reached: ${explain(cause)}`, cause);
  });
  if (response.status < 500 && response.status !== 429) return response;
  throw busy(`${new URL(url).host} answers ${response.status}`);
}

function unavailable({ oid }: LfsDownload, why: string, cause?: unknown): NightshiftError {
  return busy(`the object ${oid.slice(0, 12)}: ${why}`, cause);
}

function busy(why: string, cause?: unknown): NightshiftError {
  return new NightshiftError("forge_unavailable", `Cannot fetch files of Git LFS: ${why}`, { retryable: true, cause });
}
