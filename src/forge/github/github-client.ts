import { createAppAuth } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { Pace } from "./pace.ts";

const ThrottledOctokit = Octokit.plugin(throttling, retry);
export type GitHubClient = InstanceType<typeof ThrottledOctokit>;

export interface GitHubClientOptions {
  readonly appId: number | string;
  readonly privateKey: string;
  readonly apiUrl: string;
  /** As whom; without it, as the App itself. */
  readonly installationId?: number;
  readonly log: (message: string) => void;
  /** How long one of GitHub's seconds lasts when we wait, in ms. */
  readonly secondMs: number;
  readonly pace: Pace;
}

/** A worker must not sit out the hour that a primary limit may last: the queue brings the run back. */
const longestWaitSeconds = 90;
const limitRetries = 2;
const attemptTimeoutMs = 60_000;

/**
 * Octokit that signs in as the App or an installation, keeps GitHub's pace, and tries again after rate limits and outages:
 * at most twice, and never by waiting longer than a minute and a half at a time.
 */
export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  const { appId, privateKey, apiUrl, installationId, log, secondMs, pace } = options;
  const limited =
    (kind: string) =>
    (seconds: number, request: { method: string; url: string }, _: unknown, retries: number): boolean => {
      const again = retries < limitRetries && seconds <= longestWaitSeconds;
      const then = again ? `trying again in ${seconds} s` : `giving up for now; it lasts ${seconds} s`;
      log(`GitHub's ${kind} rate limit is reached (${request.method} ${request.url}): ${then}`);
      return again;
    };
  return new ThrottledOctokit({
    baseUrl: apiUrl,
    authStrategy: createAppAuth,
    auth: { appId, privateKey, ...(installationId === undefined ? {} : { installationId }) },
    throttle: {
      // The limits are per installation.
      id: `${apiUrl} ${installationId ?? "app"}`,
      ...pace,
      retryAfterBaseValue: secondMs,
      onRateLimit: limited("primary"),
      onSecondaryRateLimit: limited("secondary"),
    },
    retry: { retries: 2, retryAfterBaseValue: secondMs },
    request: {
      // Per attempt: a signal for the whole call would also end the attempts after a slow one.
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(attemptTimeoutMs) }),
    },
    // What fails is thrown, and told where it is caught.
    log: { debug: ignore, info: ignore, warn: log, error: ignore },
  });
}

function ignore(): undefined {
  return undefined;
}
