import { expect, test } from "vitest";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import { arrange, asked, branchFor, connection } from "../support/forge-world.ts";

test("a pull request is opened once and then kept as it is asked for", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  const opened = await world.forge.ensurePullRequest(request);
  expect(opened).toEqual({ number: 2, url: `${world.github.url}/acme/shop/pull/2`, draft: true });
  expect(await world.forge.ensurePullRequest(request)).toEqual(opened);
  expect(asked(world, "PATCH", /pulls/)).toBe(0);

  const ready = await world.forge.ensurePullRequest({ ...request, title: "Fix it all", body: "New", draft: false });
  expect(ready).toEqual({ ...opened, draft: false });
  expect(await world.github.pullRequests(world.repo)).toMatchObject([
    { number: 2, title: "Fix it all", body: "New", draft: false, head: "fix/1-total", base: "main", state: "open" },
  ]);

  expect(await world.forge.ensurePullRequest(request)).toEqual(opened);
  expect(await world.github.pullRequests(world.repo)).toMatchObject([{ title: "Fix the total", draft: true }]);
});

test("two that open the same pull request at once get the same one", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  const other = githubForge({ ...connection(world.github), dataDir: world.dataDir });
  const [one, two] = await Promise.all([world.forge.ensurePullRequest(request), other.ensurePullRequest(request)]);
  expect(one).toEqual(two);
  expect(await world.github.pullRequests(world.repo)).toHaveLength(1);
});

test("a pull request whose answer was lost is found again", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  world.github.fault({ method: "POST", path: /\/pulls$/, answer: { type: "status", status: 502, afterEffect: true } });
  expect((await world.forge.ensurePullRequest(request)).number).toBe(2);
  expect(await world.github.pullRequests(world.repo)).toHaveLength(1);
});

test("a closed pull request is not reopened: the branch gets a new one", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  const first = Number((await world.forge.ensurePullRequest(request)).number);
  world.github.closeIssue(world.repo, first, "ada");
  expect((await world.forge.ensurePullRequest(request)).number).toBe(first + 1);
});

test("a branch with nothing new is refused in GitHub's words", async () => {
  await using world = await arrange();
  const request = { ...(await branchFor(world)), branch: "main" };
  await expect(world.forge.ensurePullRequest(request)).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining("No commits between main and main"),
  });
});
