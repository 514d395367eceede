import { z } from "zod";
import { NightshiftError } from "../../domain/errors.ts";
import { fullName, type Repository } from "../../domain/repository.ts";

/** What was tried, for the text of its failure. */
export interface Attempt {
  /** Follows "Cannot", like `comment on acme/shop#3`. */
  readonly doing: string;
  /** The App permission that it takes, like `issues: write`. */
  readonly needs?: string;
  readonly repo?: Repository;
}

/** The parts of a failed request that we look at; Octokit's own types promise more than every failure has. */
const requestFailure = z.object({
  message: z.string(),
  status: z.number(),
  response: z.object({ headers: z.record(z.string(), z.unknown()) }).optional(),
});
const graphqlFailure = z.object({
  errors: z.array(z.object({ type: z.string().optional(), message: z.string() })).min(1),
});

/** What GitHub says is wrong with a request (422); `undefined` for any other failure. */
export function validationMessage(error: unknown): string | undefined {
  const failure = requestFailure.safeParse(error);
  return failure.success && failure.data.status === 422 ? failure.data.message : undefined;
}

/** Whether GitHub says that there is no such thing (404). */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Whether GitHub turns down the token (401). */
export function isUnauthorized(error: unknown): boolean {
  return statusOf(error) === 401;
}

/** Whether GitHub's GraphQL API understood a request and cannot carry it out. */
export function isUnprocessable(error: unknown): boolean {
  const failure = graphqlFailure.safeParse(error);
  return failure.success && failure.data.errors.some(({ type }) => type === "UNPROCESSABLE");
}

function statusOf(error: unknown): number | undefined {
  const failure = requestFailure.safeParse(error);
  return failure.success && failure.data.response !== undefined ? failure.data.status : undefined;
}

/**
 * The one place where a failure of GitHub's API becomes an error of ours. What did not come from GitHub is returned as it is.
 * @see https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function forgeError(error: unknown, attempt: Attempt, webUrl: string): unknown {
  if (error instanceof NightshiftError) return error;
  const graphql = graphqlFailure.safeParse(error);
  if (graphql.success) return graphqlError(error, graphql.data.errors, attempt, webUrl);
  const request = requestFailure.safeParse(error);
  if (!request.success) return error;

  const { status, message, response } = request.data;
  const headers = response?.headers ?? {};
  if (response === undefined) return unavailable(error, attempt, `${webUrl} cannot be reached: ${message}`);
  if (status >= 500) return unavailable(error, attempt, `GitHub answered ${status}: ${message}`);
  if (status === 429 || /rate limit/i.test(message) || (status === 403 && headers["x-ratelimit-remaining"] === "0")) {
    return unavailable(error, attempt, `GitHub's rate limit is reached${untilText(headers)}`);
  }
  switch (status) {
    case 401:
      return refused(
        error,
        attempt,
        `GitHub does not accept the App's key. Check the App's id and private key`,
        message,
      );
    case 403:
      return forbidden(error, attempt, { message, webUrl, accepted: headers["x-accepted-github-permissions"] });
    case 404:
    case 410:
      return notAccessible(error, attempt, webUrl, message);
    default:
      if (/permissions requested are not granted/.test(message)) return forbidden(error, attempt, { message, webUrl });
      if (/not accessible to the parent installation/.test(message)) {
        return notAccessible(error, attempt, webUrl, message);
      }
      return refused(error, attempt, `GitHub answered ${status}`, message);
  }
}

function graphqlError(
  error: unknown,
  errors: z.infer<typeof graphqlFailure>["errors"],
  attempt: Attempt,
  webUrl: string,
): NightshiftError {
  const message = errors.map((each) => each.message).join("; ");
  const types = errors.map((each) => each.type);
  if (types.includes("RATE_LIMITED")) return unavailable(error, attempt, "GitHub's rate limit is reached");
  if (types.includes("FORBIDDEN")) return forbidden(error, attempt, { message, webUrl });
  if (types.includes("NOT_FOUND")) return notAccessible(error, attempt, webUrl, message);
  return refused(error, attempt, "GitHub refuses it", message);
}

function forbidden(
  error: unknown,
  attempt: Attempt,
  given: { readonly message: string; readonly webUrl: string; readonly accepted?: unknown },
): NightshiftError {
  const { message, webUrl, accepted } = given;
  if (!/not accessible by integration|not granted/i.test(message)) {
    return refused(error, attempt, "GitHub refuses it", message);
  }
  const lacks = permissionText(accepted) ?? attempt.needs ?? "a permission";
  const where = settingsUrl(attempt, webUrl);
  return new NightshiftError(
    "forge_refused",
    `Cannot ${attempt.doing}: the App lacks "${lacks}". Accept the new permissions at ${where}`,
    { cause: error },
  );
}

function notAccessible(error: unknown, attempt: Attempt, webUrl: string, message: string): NightshiftError {
  const { repo } = attempt;
  const what =
    repo === undefined ? "GitHub does not know it" : `${fullName(repo)} or the thing in it is not there for the App`;
  const out =
    repo === undefined
      ? `Check the App's id and its installation`
      : `It was removed or renamed, or the App is not installed on it: give it access at ${settingsUrl(attempt, webUrl)}`;
  return new NightshiftError("forge_refused", `Cannot ${attempt.doing}: ${what} (${message}). ${out}`, {
    cause: error,
  });
}

function unavailable(error: unknown, attempt: Attempt, why: string): NightshiftError {
  return new NightshiftError("forge_unavailable", `Cannot ${attempt.doing}: ${why}`, { retryable: true, cause: error });
}

function refused(error: unknown, attempt: Attempt, why: string, message: string): NightshiftError {
  return new NightshiftError("forge_refused", `Cannot ${attempt.doing}: ${why}: ${message}`, { cause: error });
}

function settingsUrl({ repo }: Attempt, webUrl: string): string {
  return repo === undefined
    ? `${webUrl}/settings/installations`
    : `${webUrl}/settings/installations/${repo.installationId}`;
}

/** `issues=write; pull_requests=write` names alternatives; the first is the endpoint's own. */
function permissionText(header: unknown): string | undefined {
  if (typeof header !== "string" || header === "") return undefined;
  return header.split(";")[0]?.trim().replaceAll(",", ", ").replaceAll("=", ": ");
}

function untilText(headers: Readonly<Record<string, unknown>>): string {
  const after = Number(headers["retry-after"]);
  if (after > 0) return `, for ${after} s`;
  const reset = Number(headers["x-ratelimit-reset"]);
  return headers["x-ratelimit-remaining"] === "0" && reset > 0 ? `, until ${new Date(reset * 1000).toISOString()}` : "";
}
