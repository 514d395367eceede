import { expect, test } from "vitest";
import { NightshiftError } from "../../../../src/domain/errors.ts";
import { forgeError } from "../../../../src/forge/github/forge-error.ts";

const repo = { owner: "acme", name: "shop", installationId: 7 };
const attempt = { doing: "comment on acme/shop#3", needs: "issues: write", repo };
const webUrl = "https://github.com";
const settings = "https://github.com/settings/installations/7";

/** A failed request as Octokit throws it. */
function answered(status: number, message: string, headers: Record<string, string> = {}) {
  return Object.assign(new Error(message), { status, response: { status, headers } });
}

function said(error: unknown, of: Parameters<typeof forgeError>[1] = attempt) {
  const mapped = forgeError(error, of, webUrl);
  if (!(mapped instanceof NightshiftError)) throw mapped;
  const { code, retryable, message } = mapped;
  return { code, retryable, message };
}

test("a lacking permission is the one that GitHub names, else the one we know of", () => {
  const message = "Resource not accessible by integration";
  const refused = (lacks: string) => ({
    code: "forge_refused",
    retryable: false,
    message: `Cannot comment on acme/shop#3: the App lacks "${lacks}". Accept the new permissions at ${settings}`,
  });
  expect(said(answered(403, message))).toEqual(refused("issues: write"));
  const header = (value: string) => ({ "x-accepted-github-permissions": value });
  expect(said(answered(403, message, header("pull_requests=write; issues=write")))).toEqual(
    refused("pull_requests: write"),
  );
  expect(said(answered(403, message, header("contents=write,workflows=write")))).toEqual(
    refused("contents: write, workflows: write"),
  );
  const notGranted = "The permissions requested are not granted to this installation.";
  expect(said(answered(422, notGranted))).toEqual(refused("issues: write"));
  expect(said({ errors: [{ type: "FORBIDDEN", message }] })).toEqual(refused("issues: write"));
});

test("another prohibition is told in GitHub's words", () => {
  const message = "Repository was archived so is read-only.";
  expect(said(answered(403, message))).toEqual({
    code: "forge_refused",
    retryable: false,
    message: `Cannot comment on acme/shop#3: GitHub refuses it: ${message}`,
  });
});

test("what is not there may not be visible to the App", () => {
  const gone = { code: "forge_refused", message: expect.stringContaining(`give it access at ${settings}`) };
  expect(said(answered(404, "Not Found"))).toMatchObject(gone);
  expect(said(answered(410, "This issue was deleted"))).toMatchObject(gone);
  expect(said({ errors: [{ type: "NOT_FOUND", message: "Could not resolve" }] })).toMatchObject(gone);
  const outside = "There is at least one repository that is not accessible to the parent installation.";
  expect(said(answered(422, outside))).toMatchObject(gone);
});

test("limits and outages pass by themselves", () => {
  const passing = { code: "forge_unavailable", retryable: true };
  expect(said(answered(500, "Oops"))).toMatchObject(passing);
  expect(said(answered(429, "Slow down"))).toMatchObject(passing);
  expect(said(answered(403, "You have exceeded a secondary rate limit", { "retry-after": "60" }))).toEqual({
    ...passing,
    message: "Cannot comment on acme/shop#3: GitHub's rate limit is reached, for 60 s",
  });
  const exhausted = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000000" };
  expect(said(answered(403, "Forbidden", exhausted)).message).toMatch(/until 2027-01-15T08:00:00\.000Z$/);
  expect(said({ errors: [{ type: "RATE_LIMITED", message: "Wait" }] })).toMatchObject(passing);
  const unreached = Object.assign(new Error("connect ECONNREFUSED"), { status: 500 });
  expect(said(unreached)).toMatchObject({ ...passing, message: expect.stringContaining("cannot be reached") });
});

test("a key that GitHub does not accept is told as such", () => {
  const { message } = said(answered(401, "A JSON web token could not be decoded"), { doing: "sign in" });
  expect(message).toBe(
    "Cannot sign in: GitHub does not accept the App's key. Check the App's id and private key: A JSON web token could not be decoded",
  );
});

test("what did not come from GitHub is left as it is", () => {
  const mistake = new TypeError("x is not a function");
  expect(forgeError(mistake, attempt, webUrl)).toBe(mistake);
  const ours = new NightshiftError("bad_input", "no");
  expect(forgeError(ours, attempt, webUrl)).toBe(ours);
});
