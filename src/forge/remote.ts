import { NightshiftError } from "../domain/errors.ts";
import { fullName, type Repository } from "../domain/repository.ts";
import { type Git, type GitResult, lastLines } from "./git.ts";
import type { GitConfig } from "./git-environment.ts";

type Access = "read" | "write";

/**
 * A short-lived token for one repository, `undefined` where none is needed.
 * `fresh` asks for a new one, because the last was turned down.
 */
export type MintToken = (
  repo: Repository,
  access: Access,
  options: { readonly fresh: boolean },
) => Promise<string | undefined>;

/** Where the git repositories are served: `${webUrl}/owner/name.git`. */
export interface RemoteHost {
  readonly webUrl: string;
  readonly mintToken: MintToken;
}

export interface RemoteCall {
  readonly repo: Repository;
  readonly access: Access;
  /** Starts the error's text, like `Cannot fetch`. */
  readonly failing: string;
  readonly gitDir: string;
  readonly signal: AbortSignal;
  /** The command; gets the URL, which holds no secret. */
  readonly args: (url: string) => readonly string[];
  readonly config?: GitConfig;
  /** Takes a failed result that the caller understands; `false` leaves it to the general rule. */
  readonly expects?: (result: GitResult) => boolean;
}

/**
 * Runs a git command that talks to the remote, with a token that only its environment holds.
 * @throws NightshiftError `forge_unavailable` (retryable), `forge_refused`, or `git_failed` when the failure is on our side.
 */
export async function callRemote(git: Git, host: RemoteHost, call: RemoteCall): Promise<GitResult> {
  const url = remoteUrl(host.webUrl, call.repo);
  const attempt = async (fresh: boolean) => {
    const token = await host.mintToken(call.repo, call.access, { fresh });
    const credential = token === undefined ? undefined : Buffer.from(`x-access-token:${token}`).toString("base64");
    const authorization: GitConfig =
      credential === undefined ? [] : [[`http.${host.webUrl}/.extraHeader`, `Authorization: Basic ${credential}`]];
    return git(call.args(url), {
      gitDir: call.gitDir,
      config: [...authorization, ...(call.config ?? [])],
      // Plain http and local files only where the operator's own address says so.
      protocols: [new URL(host.webUrl).protocol.replace(":", "")],
      secrets: [token, credential].filter((secret) => secret !== undefined),
      signal: call.signal,
    });
  };

  let result = await attempt(false);
  if (result.exitCode !== 0 && isUnauthenticated(result.stderr)) result = await attempt(true);
  if (result.exitCode === 0 || call.expects?.(result) === true) return result;
  throw remoteFailure(result, call, host.webUrl);
}

/** The address of a repository for git. Refuses names that could leave the host's path or be taken for an option. */
function remoteUrl(webUrl: string, repo: Repository): string {
  return `${webUrl}/${safeName(repo.owner)}/${safeName(repo.name)}.git`;
}

/** A name that is safe as one folder of a path. */
export function safeName(name: string): string {
  if (/^[\w.][\w.-]*$/.test(name) && name !== "." && name !== "..") return name;
  throw new NightshiftError("bad_input", `${JSON.stringify(name)} is not the name of an account or a repository.`);
}

const unauthenticated = /Authentication failed|could not read Username|terminal prompts disabled/i;
const denied = /returned error: 403|Permission to .* denied|Write access to repository not granted/i;
const missing =
  /repository '.*' not found|returned error: (?:404|410)|Repository not found|does not appear to be a git/i;
const unavailable =
  /returned error: (?:408|429|5\d\d)|Could not resolve|Failed to connect|Connection (?:refused|reset|timed out)|timed? ?out|Operation too slow|RPC failed|early EOF|hung up|unexpected disconnect|SSL_ERROR_SYSCALL|GnuTLS recv error|Empty reply|Recv failure|transfer closed|Couldn't connect/i;
const malformed = /fsck error/i;

function isUnauthenticated(stderr: string): boolean {
  return unauthenticated.test(stderr);
}

function remoteFailure({ exitCode, stderr }: GitResult, call: RemoteCall, webUrl: string): NightshiftError {
  const what = `${call.failing} ${fullName(call.repo)}`;
  const said = lastLines(stderr);
  const installation = `${webUrl}/settings/installations/${call.repo.installationId}`;
  if (unavailable.test(stderr)) {
    return new NightshiftError("forge_unavailable", `${what}: ${webUrl} cannot be reached or is overloaded: ${said}`, {
      retryable: true,
    });
  }
  if (missing.test(stderr)) {
    return new NightshiftError(
      "forge_refused",
      `${what}: it does not exist or the App is not installed on it. Give the App access at ${installation} (${said})`,
    );
  }
  if (malformed.test(stderr)) {
    return new NightshiftError("forge_refused", `${what}: git refuses its objects as malformed or hostile: ${said}`);
  }
  if (isUnauthenticated(stderr) || denied.test(stderr)) {
    return new NightshiftError(
      "forge_refused",
      `${what}: the App lacks "contents: ${call.access}". Accept the permissions at ${installation} (${said})`,
    );
  }
  // Neither a refusal nor a fault on our side of the wire that we know: the next attempt may do better.
  return new NightshiftError("forge_unavailable", `${what}: git failed with exit code ${exitCode}: ${said}`, {
    retryable: true,
  });
}
