import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Forge, Mirror } from "../../domain/forge.ts";
import { bringChange } from "../bring-change.ts";
import { committedFiles } from "../committed-files.ts";
import type { Git } from "../git.ts";
import { readCommitted } from "../read-committed.ts";
import { readDiff } from "../read-diff.ts";
import { sharedFlight } from "../shared-flight.ts";
import { surveys } from "../survey.ts";
import { mirrorLocal } from "./local-mirror.ts";
import type { LocalRepository } from "./local-repository.ts";

export interface LocalForgeOptions {
  readonly repository: LocalRepository;
  /** Mirrors live in its folder `mirrors`. */
  readonly dataDir: string;
  /** What would be said on a forge is written there, a Markdown file each. */
  readonly recordDir: string;
  /** The address of whoever asks, for commits. */
  readonly email: string;
}

/** One repository of this machine as a forge: whoever can read and write it may do all, and what is said is kept as files. */
export function localForge(git: Git, options: LocalForgeOptions): Forge {
  const { repository } = options;
  const dataDir = resolve(options.dataDir);
  const fetching = sharedFlight<Mirror>();
  const mirror: Forge["mirror"] = (_repo, { signal }) =>
    fetching("the mirror", signal, (shared) => mirrorLocal(git, repository, { dataDir, signal: shared }));
  const files = committedFiles(git);
  const keep = async (name: string, text: string) => {
    await mkdir(options.recordDir, { recursive: true });
    await writeFile(join(options.recordDir, `${name}.md`), `${text.trimEnd()}\n`);
  };

  return {
    permission: async () => "admin",
    async readFile(repo, path) {
      const signal = AbortSignal.timeout(60_000);
      return await readCommitted(git, await mirror(repo, { signal }), repository.baseSha, path);
    },
    mirror,
    committedFiles: files,
    survey: surveys(git, files),
    async checkoutParts(of, { sha }) {
      const { hashes, read } = await files(of, sha);
      const warnings = [
        ...(hashes.has(".gitmodules")
          ? ["Submodules are left out: of a local repository only its own files are checked out."]
          : []),
        ...(/\bfilter=lfs\b/.test((await read(".gitattributes")) ?? "")
          ? ["Files of Git LFS are left as pointers: of a local repository only what git itself holds is checked out."]
          : []),
      ];
      return { submodules: [], lfsFiles: [], warnings };
    },
    diff: (of, change, { signal }) => readDiff(git, { mirror: of, change, dataDir, signal }),
    ensureReaction: async () => undefined,
    ensureCommentReaction: async () => undefined,
    async ensureComment(_repo, _issue, marker, body) {
      const name = marker.replaceAll(/[^\w.-]/g, "-");
      await keep(name, body);
      return { url: join(options.recordDir, `${name}.md`) };
    },
    ensureBranch: (request, { signal }) => bringChange(git, repository, request, { dataDir, signal }),
    async ensurePullRequest({ branch, title, body, draft }) {
      await keep("pull-request", `# ${title}\n\n${body}`);
      return { number: null, url: branch, draft };
    },
    ensureCheck: ({ title, summary }) => keep("check", `# ${title}\n\n${summary}`),
    committer: async () => ({ name: "Nightshift", email: "nightshift@localhost" }),
    emailOf: () => options.email,
    check: async () => [],
  };
}
