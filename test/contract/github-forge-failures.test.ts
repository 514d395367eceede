import { expect, onTestFinished, test, vi } from "vitest";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import { startGitHub } from "../../src/playground/github/start-github.ts";
import { arrange, asked, branchFor, connection, signal } from "../support/forge-world.ts";

test("a lacking permission is named together with the way out", async () => {
  await using world = await arrange({ permissions: { contents: "read", issues: "read", metadata: "read" } });
  const { forge, github, repo, issue } = world;
  const settings = `${github.url}/settings/installations/${repo.installationId}`;
  await expect(forge.ensureComment(repo, issue, "progress", "x")).rejects.toMatchObject({
    code: "forge_refused",
    retryable: false,
    message: `Cannot comment on acme/shop#1: the App lacks "issues: write". Accept the new permissions at ${settings}`,
  });
  await expect(forge.ensurePullRequest(await branchFor(world))).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining('the App lacks "pull_requests: read"'),
  });
});

test("marking as ready without the permission says which one", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  await world.forge.ensurePullRequest(request);
  world.github.setAppPermissions({ contents: "write", issues: "write", pull_requests: "read", metadata: "read" });
  world.github.expireTokens();
  const fresh = githubForge({ ...connection(world.github), dataDir: world.dataDir });
  await expect(fresh.ensurePullRequest({ ...request, draft: false })).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining(
      'Cannot mark acme/shop#2 as ready for review: the App lacks "pull_requests: write"',
    ),
  });
});

test("a repository that the App does not see is refused with the way out", async () => {
  await using world = await arrange();
  const hidden = { ...world.repo, name: "hidden" };
  const settings = `${world.github.url}/settings/installations/${world.repo.installationId}`;
  for (const acting of [
    () => world.forge.ensureReaction(hidden, 1, "eyes"),
    () => world.forge.mirror(hidden, { signal }),
  ]) {
    await expect(acting()).rejects.toMatchObject({
      code: "forge_refused",
      message: expect.stringContaining(`give it access at ${settings}`),
    });
  }
});

test("a short rate limit is waited for and told to the log", async () => {
  await using world = await arrange();
  const { forge, github, repo, told } = world;
  github.fault({ method: "GET", path: /permission$/, answer: { type: "secondary_rate_limit", retryAfterSeconds: 2 } });
  github.fault({ method: "GET", path: /permission$/, answer: { type: "rate_limit", resetInSeconds: 1 } });
  expect(await forge.permission(repo, "ada")).toBe("write");
  expect(told).toEqual([
    expect.stringMatching(/^GitHub's secondary rate limit is reached .*: trying again in 2 s$/),
    expect.stringMatching(/^GitHub's primary rate limit is reached .*: trying again in \d s$/),
  ]);
});

test("a long rate limit is left to the queue", async () => {
  await using world = await arrange();
  const { forge, github, repo, told } = world;
  github.fault({ method: "GET", path: /permission$/, answer: { type: "rate_limit", resetInSeconds: 3000 } });
  await expect(forge.permission(repo, "ada")).rejects.toMatchObject({
    code: "forge_unavailable",
    retryable: true,
    message: expect.stringMatching(
      /Cannot read what ada may do in acme\/shop: GitHub's rate limit is reached, until 2\d\d\d-/,
    ),
  });
  expect(told).toEqual([expect.stringContaining("giving up for now")]);
  expect(asked(world, "GET", /permission$/)).toBe(1);
});

test("a rate limit that does not end is given up after two more attempts", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  const answer = { type: "secondary_rate_limit", retryAfterSeconds: 1 } as const;
  github.fault({ method: "GET", path: /permission$/, times: 9, answer });
  await expect(forge.permission(repo, "ada")).rejects.toMatchObject({ code: "forge_unavailable", retryable: true });
  expect(asked(world, "GET", /permission$/)).toBe(3);
});

test("an outage is tried again, then told as one that will pass", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  github.fault({ method: "GET", path: /permission$/, times: 2, answer: { type: "status", status: 503 } });
  expect(await forge.permission(repo, "ada")).toBe("write");
  github.fault({ method: "GET", path: /permission$/, times: 9, answer: { type: "status", status: 500 } });
  await expect(forge.permission(repo, "ada")).rejects.toMatchObject({ code: "forge_unavailable", retryable: true });
});

test("a GitHub that cannot be reached will come back", async () => {
  await using world = await arrange();
  // Nothing listens on the port of a server that has just ended.
  const gone = await startGitHub();
  await gone[Symbol.asyncDispose]();
  const forge = githubForge({ ...connection(gone), dataDir: world.dataDir });
  await expect(forge.permission(world.repo, "ada")).rejects.toMatchObject({
    code: "forge_unavailable",
    retryable: true,
    message: expect.stringContaining(`${gone.url} cannot be reached`),
  });
});

test("tokens that were revoked are replaced, for the API and for git", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  await forge.mirror(repo, { signal });
  await forge.permission(repo, "ada");
  github.expireTokens();
  // A younger token Octokit tries again for a while, since GitHub may not know it everywhere yet.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
  onTestFinished(() => void vi.useRealTimers());
  await forge.mirror(repo, { signal });
  expect(await forge.permission(repo, "ada")).toBe("write");
});
