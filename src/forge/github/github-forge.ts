import { resolve } from "node:path";
import type { Forge, Mirror } from "../../domain/forge.ts";
import { fullName } from "../../domain/repository.ts";
import { checkoutParts } from "../checkout-parts.ts";
import { committedFiles } from "../committed-files.ts";
import { createGit } from "../git.ts";
import { refreshMirror } from "../mirror.ts";
import { pushChange } from "../push-change.ts";
import { readDiff } from "../read-diff.ts";
import { readRepositoryFile } from "../read-repository-file.ts";
import { sharedFlight } from "../shared-flight.ts";
import { surveys } from "../survey.ts";
import { checkGitHub } from "./check-github.ts";
import { ensureCheck } from "./ensure-check.ts";
import { ensureComment } from "./ensure-comment.ts";
import { ensurePullRequest } from "./ensure-pull-request.ts";
import { findCommitter } from "./find-committer.ts";
import { createGitHub } from "./github.ts";
import { readPermission } from "./read-permission.ts";

export interface GitHubForgeOptions {
  readonly appId: number | string;
  /** PEM; line breaks may be written `\n`. */
  readonly privateKey: string;
  /** `https://api.github.com`, or `https://ghe.example/api/v3`. */
  readonly apiUrl: string;
  /** `https://github.com`, or the address of a GitHub Enterprise Server; git talks to `${webUrl}/owner/name.git`. */
  readonly webUrl: string;
  /** Mirrors live in its folder `mirrors`. */
  readonly dataDir: string;
  /** What the files of Git LFS of one commit may take. Default: 1 GB. */
  readonly lfsMb?: number;
  /** Told of rate limits. */
  readonly log?: (message: string) => void;
  /** Where git gets PATH, proxy and certificates from. */
  readonly environment?: NodeJS.ProcessEnv;
  /** How long one second of waiting for GitHub lasts, in ms. Tests shorten it. */
  readonly secondMs?: number;
}

/**
 * GitHub, or a GitHub Enterprise Server, through an App.
 * @throws NightshiftError `bad_settings` for a private key that cannot sign.
 */
export function githubForge(options: GitHubForgeOptions): Forge {
  const apiUrl = withoutSlash(options.apiUrl);
  const webUrl = withoutSlash(options.webUrl);
  const dataDir = resolve(options.dataDir);
  const { appId, privateKey, log = () => undefined, environment = process.env, secondMs = 1_000 } = options;

  const git = createGit(environment);
  const github = createGitHub({ appId, privateKey, apiUrl, webUrl, log, secondMs });
  const host = { webUrl, mintToken: github.mintToken };
  const fetching = sharedFlight<Mirror>();
  const files = committedFiles(git);

  return {
    permission: (repo, login) => readPermission(github, repo, login),
    readFile: (repo, path) => readRepositoryFile(github, repo, path),
    mirror: (repo, { signal }) =>
      fetching(`the mirror of ${fullName(repo)}`, signal, (shared) =>
        refreshMirror(git, { repo, host, dataDir, signal: shared }),
      ),
    committedFiles: files,
    survey: surveys(git, files),
    checkoutParts: (mirror, request) =>
      checkoutParts(mirror, request, {
        git,
        host,
        dataDir,
        lfsBytes: (options.lfsMb ?? 1024) * 1024 * 1024,
        permission: (repo, login) => readPermission(github, repo, login),
      }),
    diff: (mirror, change, { signal }) => readDiff(git, { mirror, change, dataDir, signal }),
    async ensureReaction(repo, issue, reaction) {
      const attempt = { doing: `react to ${fullName(repo)}#${issue}`, needs: "issues: write" };
      // GitHub answers with the one that is there already.
      await github.on(repo, attempt, (client) =>
        client.rest.reactions.createForIssue({
          owner: repo.owner,
          repo: repo.name,
          issue_number: issue,
          content: reaction,
        }),
      );
    },
    async ensureCommentReaction(repo, comment, reaction) {
      const attempt = { doing: `react to a comment in ${fullName(repo)}`, needs: "issues: write" };
      await github.on(repo, attempt, (client) =>
        client.rest.reactions.createForIssueComment({
          owner: repo.owner,
          repo: repo.name,
          comment_id: comment,
          content: reaction,
        }),
      );
    },
    ensureComment: (repo, issue, marker, body) => ensureComment(github, repo, issue, { marker, body }),
    ensureBranch: (request, { signal }) => pushChange(git, request, { host, dataDir, signal }),
    ensurePullRequest: (request) => ensurePullRequest(github, request),
    ensureCheck: (check) => ensureCheck(github, check),
    committer: (repo) => findCommitter(github, repo),
    emailOf: ({ id, login }) => `${id}+${login}@${github.noreplyHost}`,
    check: () => checkGitHub(github),
  };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
