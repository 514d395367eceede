import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { NightshiftError } from "../../domain/errors.ts";
import { fullName, type Repository } from "../../domain/repository.ts";
import { remembered } from "../remembered.ts";
import type { MintToken } from "../remote.ts";
import { type Attempt, forgeError, isUnauthorized } from "./forge-error.ts";
import { createGitHubClient, type GitHubClient, type GitHubClientOptions } from "./github-client.ts";
import { paceOf } from "./pace.ts";

export interface GitHubOptions {
  readonly appId: number | string;
  /** PEM; line breaks may be written `\n`. */
  readonly privateKey: string;
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly log: (message: string) => void;
  readonly secondMs: number;
}

interface AppIdentity {
  readonly id: number;
  readonly slug: string;
}

/** GitHub's API as the App uses it: every call says what it does, and every failure becomes an error of ours. */
export interface GitHub {
  readonly webUrl: string;
  /** The domain of addresses that GitHub makes up for its accounts. */
  readonly noreplyHost: string;
  app(): Promise<AppIdentity>;
  asApp<T>(attempt: Attempt, act: (client: GitHubClient) => Promise<T>): Promise<T>;
  asInstallation<T>(installationId: number, attempt: Attempt, act: (client: GitHubClient) => Promise<T>): Promise<T>;
  /** As the repository's installation. */
  on<T>(repo: Repository, attempt: Omit<Attempt, "repo">, act: (client: GitHubClient) => Promise<T>): Promise<T>;
  /** A token for one repository and git only. Without `workflows`, so that GitHub itself refuses changes to workflow files. */
  readonly mintToken: MintToken;
}

const minted = z.object({ token: z.string().min(1) });

/** @throws NightshiftError `bad_settings` for a key that cannot sign. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { apiUrl, webUrl } = options;
  const privateKey = readKey(options.privateKey);
  // One for all clients: a new token does not make GitHub bear more.
  const asked: GitHubClientOptions = { ...options, privateKey, pace: paceOf(options.secondMs) };
  const appClient = createGitHubClient(asked);
  const clients = new Map<number, GitHubClient>();
  const clientOf = (installationId: number): GitHubClient => {
    const client = clients.get(installationId) ?? createGitHubClient({ ...asked, installationId });
    clients.set(installationId, client);
    return client;
  };
  const mapped = async <T>(attempt: Attempt, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw forgeError(error, attempt, webUrl);
    }
  };

  const github: GitHub = {
    webUrl,
    noreplyHost: `users.noreply.${new URL(webUrl).hostname}`,
    app: remembered(() =>
      github.asApp({ doing: `sign in to ${apiUrl} as App ${options.appId}` }, async (client) => {
        const { data } = await client.rest.apps.getAuthenticated();
        if (data === null || data.slug === undefined) {
          throw new NightshiftError("forge_refused", `${apiUrl} does not say which App ${options.appId} is.`);
        }
        return { id: data.id, slug: data.slug };
      }),
    ),
    asApp: (attempt, act) => mapped(attempt, () => act(appClient)),
    asInstallation: (installationId, attempt, act) => mapped(attempt, () => act(clientOf(installationId))),
    on: (repo, attempt, act) =>
      mapped({ ...attempt, repo }, async () => {
        try {
          return await act(clientOf(repo.installationId));
        } catch (error) {
          if (!isUnauthorized(error)) throw error;
          // A token that we remember was revoked, so nothing was done: once more with a new one.
          clients.delete(repo.installationId);
          return await act(clientOf(repo.installationId));
        }
      }),
    mintToken: (repo, access, { fresh }) =>
      github.on(
        repo,
        { doing: `sign in to git on ${fullName(repo)}`, needs: `contents: ${access}` },
        async (client) => {
          const authentication = await client.auth({
            type: "installation",
            repositoryNames: [repo.name],
            permissions: { contents: access },
            refresh: fresh,
          });
          return minted.parse(authentication).token;
        },
      ),
  };
  return github;
}

function readKey(text: string): string {
  const pem = text.replaceAll("\\n", "\n").trim();
  try {
    createPrivateKey(pem);
    return pem;
  } catch (error) {
    throw new NightshiftError(
      "bad_settings",
      "The App's private key is not a PEM key. Give the whole content of the .pem file that GitHub made, from BEGIN to END.",
      { cause: error },
    );
  }
}
