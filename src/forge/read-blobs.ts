import { NightshiftError } from "../domain/errors.ts";
import type { Mirror } from "../domain/forge.ts";
import type { Git } from "./git.ts";

export interface ReadBlobsOptions {
  /** What is larger is passed over. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Hands over the texts of objects one after the other, in their order, as git prints them: no more than one is held at a time.
 * What is not in the mirror, like a submodule's commit, is passed over.
 * @throws NightshiftError `cancelled`, `git_failed`.
 */
export async function readBlobs(
  git: Git,
  { path: gitDir }: Mirror,
  hashes: readonly string[],
  visit: (hash: string, text: string) => void,
  { maxBytes, signal }: ReadBlobsOptions,
): Promise<void> {
  const { take } = blobStream(visit, maxBytes);
  const input = hashes.map((hash) => `${hash}\n`).join("");
  const args = ["cat-file", "--batch", "--buffer"];
  const { exitCode, stderr } = await git(args, { gitDir, input, onOutput: take, signal });
  if (exitCode !== 0) throw new NightshiftError("git_failed", `git cat-file failed: ${stderr.slice(-600)}`);
}

/** Reads `<hash> <type> <size>`, a line break, the bytes and another line break, again and again. */
function blobStream(visit: (hash: string, text: string) => void, maxBytes: number) {
  let header = "";
  let hash = "";
  /** Of the object, with the line break behind it; 0 while a header is read. */
  let left = 0;
  let kept: Buffer[] | undefined;

  const begin = () => {
    const [name = "", type, size] = header.split(" ");
    header = "";
    // `<hash> missing` is followed by nothing.
    if (size === undefined) return;
    hash = name;
    left = Number(size) + 1;
    kept = type === "blob" && Number(size) <= maxBytes ? [] : undefined;
  };
  const end = () => {
    const bytes = kept && Buffer.concat(kept);
    if (bytes !== undefined) visit(hash, bytes.toString("utf8", 0, bytes.length - 1));
    kept = undefined;
  };
  return {
    take(chunk: Buffer) {
      for (let at = 0; at < chunk.length; ) {
        if (left === 0) {
          const line = chunk.indexOf(10, at);
          header += chunk.toString("latin1", at, line === -1 ? chunk.length : line);
          at = line === -1 ? chunk.length : line + 1;
          if (line !== -1) begin();
          continue;
        }
        const taken = chunk.subarray(at, at + left);
        kept?.push(taken);
        at += taken.length;
        left -= taken.length;
        if (left === 0) end();
      }
    },
  };
}
