import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { refuseAccess } from "../access.ts";
import { ApiError } from "../api-error.ts";
import { authenticate } from "../authenticate.ts";
import { findRepository } from "../find-repository.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { gitEnvironment } from "./run-git.ts";
import { isLfsPath, serveLfs } from "./serve-lfs.ts";

const gitPath = /^\/([^/]+)\/([^/]+?)\.git\/(.+)$/;

export function isGitPath(path: string): boolean {
  return gitPath.test(path);
}

/** Smart HTTP at `/owner/name.git`: the token is checked, then git itself answers. */
export async function serveGit(github: GitHubState, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [, owner = "", name = "", rest = ""] = gitPath.exec(url.pathname) ?? [];
  const writes = rest === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  try {
    const repo = admit(github, request, { owner, name, writes });
    if (isLfsPath(rest)) return await serveLfs(github, request, { repo, rest });
    return await httpBackend(github, request, { repo, rest, query: url.search.slice(1) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return new Response(`${error.message}\n`, { status: error.status, headers: { ...error.headers } });
  }
}

function admit(
  github: GitHubState,
  request: Request,
  wanted: { readonly owner: string; readonly name: string; readonly writes: boolean },
): StoredRepository {
  const challenge = { headers: { "www-authenticate": 'Basic realm="GitHub"' } };
  const actor = tryAuthenticate(github, request.headers.get("authorization"));
  if (actor?.type !== "installation") throw new ApiError(401, "Authentication required.", challenge);
  const repo = findRepository(github, wanted.owner, wanted.name);
  const level = wanted.writes ? "write" : "read";
  const refusal = refuseAccess(actor, repo, [{ contents: level }]);
  if (repo === undefined || refusal?.status === 404) throw new ApiError(404, "Repository not found.");
  if (refusal !== undefined) {
    throw new ApiError(
      403,
      wanted.writes ? "Write access to repository not granted." : "Read access to repository not granted.",
    );
  }
  return repo;
}

function tryAuthenticate(github: GitHubState, header: string | null) {
  try {
    return authenticate(github, header ?? undefined);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

async function httpBackend(
  github: GitHubState,
  request: Request,
  target: { readonly repo: StoredRepository; readonly rest: string; readonly query: string },
): Promise<Response> {
  const child = spawn("git", ["http-backend"], {
    env: gitEnvironment({
      GIT_PROJECT_ROOT: github.dir,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${target.repo.owner.login}/${target.repo.name}.git/${target.rest}`,
      QUERY_STRING: target.query,
      REQUEST_METHOD: request.method,
      REMOTE_USER: "x-access-token",
      CONTENT_TYPE: request.headers.get("content-type") ?? "",
      HTTP_CONTENT_ENCODING: request.headers.get("content-encoding") ?? "",
      GIT_PROTOCOL: request.headers.get("git-protocol") ?? "",
    }),
    stdio: ["pipe", "pipe", "ignore"],
    signal: AbortSignal.any([github.signal, request.signal]),
    killSignal: "SIGKILL",
  });
  // A killed child shows as an answer that ends early; there is nobody left to tell.
  child.on("error", () => undefined);
  const body = request.body === null ? Readable.from([]) : Readable.fromWeb(request.body);
  // git may close its input early, for instance when it refuses a push; what it answers says why.
  pipeline(body, child.stdin).catch(() => undefined);
  return await cgiResponse(child.stdout);
}

/** Reads the CGI headers and hands on the rest as it comes. */
async function cgiResponse(stdout: Readable): Promise<Response> {
  const chunks = stdout[Symbol.asyncIterator]();
  let seen = Buffer.alloc(0);
  let end = -1;
  while (end === -1) {
    const next = await chunks.next();
    if (next.done === true) return new Response("git http-backend gave no answer\n", { status: 500 });
    seen = Buffer.concat([seen, next.value]);
    end = seen.indexOf("\r\n\r\n");
  }
  const headers = new Headers();
  for (const line of seen.subarray(0, end).toString().split("\r\n")) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const status = Number.parseInt(headers.get("status") ?? "200", 10);
  headers.delete("status");
  const rest = seen.subarray(end + 4);
  const stream = ReadableStream.from(
    (async function* () {
      yield rest;
      yield* { [Symbol.asyncIterator]: () => chunks };
    })(),
  );
  return new Response(stream, { status, headers });
}
