import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { arrange, git, pushBranch, refusal, remote, shop, token } from "../support/look-alike-world.ts";

test("git clones and pushes with a token, and the pull request follows the branch", async () => {
  await using world = await arrange();
  const { github, repo, octokit, dir } = world;
  const secret = await token(world);
  await git(dir, "clone", "--quiet", remote(world, secret), "work");
  const work = join(dir, "work");
  expect(await git(work, "ls-files", "--stage", "run.sh")).toContain("100755");
  await git(work, "switch", "--quiet", "-c", "fix/total");
  // Large and incompressible enough that git sends it in chunks.
  await writeFile(join(work, "big.txt"), Array.from({ length: 200_000 }, (_, n) => (n * 7919) % 1_000_003).join("\n"));
  await git(work, "add", ".");
  await git(work, "commit", "--quiet", "-m", "Big");
  await git(work, "push", "--quiet", "origin", "HEAD");
  const first = await git(work, "rev-parse", "HEAD");
  const { data: pull } = await octokit.rest.pulls.create({ ...shop, title: "Fix", head: "fix/total", base: "main" });
  expect(pull).toMatchObject({ number: 2, commits: 1, changed_files: 1, mergeable: true, head: { sha: first } });

  await git(work, "commit", "--quiet", "--allow-empty", "-m", "More");
  await git(work, "push", "--quiet", "origin", "HEAD");
  const second = await git(work, "rev-parse", "HEAD");
  expect((await octokit.rest.pulls.get({ ...shop, pull_number: 2 })).data.head.sha).toBe(second);
  expect((await octokit.rest.git.getRef({ ...shop, ref: "heads/fix/total" })).data.object.sha).toBe(second);
  expect(await github.refs(repo)).toMatchObject({ "refs/heads/fix/total": second });
});

test("git is refused without a token, and a push without contents: write", async () => {
  await using world = await arrange();
  const { dir, github, repo } = world;
  const anonymous = `${github.url}/acme/shop.git`;
  await expect(git(dir, "clone", anonymous, "nope")).rejects.toThrow(/could not read Username/);
  await expect(git(dir, "clone", remote(world, "ghs_made_up"), "nope")).rejects.toThrow(/Authentication failed/);

  const reads = remote(world, await token(world, { contents: "read" }));
  await git(dir, "clone", "--quiet", reads, "work");
  const push = git(join(dir, "work"), "push", "origin", "HEAD:refs/heads/topic");
  await expect(push).rejects.toThrow(/403/);
  expect(Object.keys(await github.refs(repo))).toEqual(["refs/heads/main"]);
});

test("a pull request is refused with GitHub's words", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  await pushBranch(world, "topic");
  await github.commit(repo, { branch: "same", message: "x", files: { "README.md": "x" } });
  await github.commit(repo, { message: "x", files: { "README.md": "x" } });
  const open = (head: string, base = "main") => octokit.rest.pulls.create({ ...shop, title: "Fix", head, base });
  await open("topic");
  const errors = async (attempt: Promise<unknown>) =>
    await attempt.then(
      () => "accepted",
      (error) => ({ status: error.status, message: error.response.data.message, errors: error.response.data.errors }),
    );
  const failed = (...list: object[]) => ({ status: 422, message: "Validation Failed", errors: list });
  expect(await errors(open("acme:topic"))).toEqual(
    failed({ resource: "PullRequest", code: "custom", message: "A pull request already exists for acme:topic." }),
  );
  expect(await errors(open("missing"))).toEqual(failed({ resource: "PullRequest", field: "head", code: "invalid" }));
  expect(await errors(open("topic", "gone"))).toEqual(
    failed({ resource: "PullRequest", field: "base", code: "invalid" }),
  );
  expect(await errors(open("main"))).toEqual(
    failed({ resource: "PullRequest", code: "custom", message: "No commits between main and main" }),
  );
});

test("of two pull requests for one branch at once, one is opened", async () => {
  await using world = await arrange();
  await pushBranch(world, "topic");
  const open = () => world.octokit.rest.pulls.create({ ...shop, title: "Fix", head: "topic", base: "main" });
  const results = await Promise.allSettled([open(), open(), open()]);
  expect(results.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
});

test("pull requests are found by their branch, changed, and turned into drafts and back by GraphQL only", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  await pushBranch(world, "topic");
  await pushBranch(world, "other");
  await octokit.rest.pulls.create({ ...shop, title: "Other", head: "other", base: "main" });
  const { data: pull } = await octokit.rest.pulls.create({
    ...shop,
    title: "Fix",
    head: "topic",
    base: "main",
    draft: true,
  });
  const { data: found } = await octokit.rest.pulls.list({ ...shop, head: "acme:topic", state: "open" });
  expect(found.map((each) => [each.number, each.draft])).toEqual([[pull.number, true]]);

  const update = { ...shop, pull_number: pull.number, title: "Better", body: "Words", draft: false };
  expect((await octokit.rest.pulls.update(update)).data).toMatchObject({ title: "Better", body: "Words", draft: true });
  const ready = await octokit.graphql(
    "mutation ($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } } }",
    { id: pull.node_id },
  );
  expect(ready).toMatchObject({ markPullRequestReadyForReview: { pullRequest: { isDraft: false } } });
  await octokit.graphql(
    `mutation { convertPullRequestToDraft(input: { pullRequestId: "${pull.node_id}" }) { pullRequest { id } } }`,
  );
  expect((await github.pullRequests(repo))[1]).toMatchObject({ number: pull.number, draft: true, title: "Better" });
});

test("a pull request shows its files and commits, and can be merged by a person", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  const head = await pushBranch(world, "topic");
  await octokit.rest.pulls.create({ ...shop, title: "Fix", head: "topic", base: "main" });
  const { data: files } = await octokit.rest.pulls.listFiles({ ...shop, pull_number: 2 });
  const { data: commits } = await octokit.rest.pulls.listCommits({ ...shop, pull_number: 2 });
  const { data: range } = await octokit.rest.repos.compareCommitsWithBasehead({ ...shop, basehead: "main...topic" });
  expect(files).toMatchObject([
    {
      filename: "src/cart.js",
      status: "modified",
      additions: 1,
      deletions: 1,
      patch: "@@ -1,2 +1,2 @@\n one\n-two\n+three",
    },
  ]);
  expect(commits.map((each) => [each.sha, each.commit.message, each.author?.login])).toEqual([
    [head, "Change the cart", "mona"],
  ]);
  expect(range).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0 });

  const merged = await github.mergePullRequest(repo, 2, "mona");
  expect(await github.refs(repo)).toMatchObject({ "refs/heads/main": merged });
  expect((await octokit.rest.pulls.get({ ...shop, pull_number: 2 })).data).toMatchObject({
    merged: true,
    state: "closed",
    merge_commit_sha: merged,
    merged_by: { login: "mona" },
  });
});

test("comments are listed page by page, edited, and reacted to once", async () => {
  await using world = await arrange();
  const { github, octokit, repo, issue } = world;
  const on = { ...shop, issue_number: issue };
  for (let n = 1; n <= 35; n += 1) await github.addComment(repo, issue, `Comment ${n}`, "mona");
  const { data: ours } = await octokit.rest.issues.createComment({ ...on, body: "Working on it" });
  await octokit.rest.issues.updateComment({ ...shop, comment_id: ours.id, body: "Done" });
  const all = await octokit.paginate(octokit.rest.issues.listComments, on);
  expect(all).toHaveLength(36);
  expect(all.at(-1)).toMatchObject({ id: ours.id, body: "Done", user: { login: "nightshift[bot]", type: "Bot" } });
  expect(github.requests().filter(({ path, method }) => method === "GET" && path.endsWith("/comments"))).toHaveLength(
    2,
  );

  const react = async () => (await octokit.rest.reactions.createForIssue({ ...on, content: "eyes" })).status;
  expect([await react(), await react()]).toEqual([201, 200]);
  expect(github.reactions(repo, issue)).toEqual([{ by: "nightshift[bot]", content: "eyes" }]);
  const long = octokit.rest.issues.createComment({ ...on, body: "x".repeat(65_537) });
  await expect(long).rejects.toMatchObject(refusal(422, "Validation Failed"));
});

test("check runs and statuses belong to a commit", async () => {
  const permissions = { contents: "write", checks: "write", statuses: "read", metadata: "read" } as const;
  await using world = await arrange({ permissions });
  const { github, octokit, repo } = world;
  const sha = await pushBranch(world, "topic");
  github.addCheck(repo, { name: "CI", sha, conclusion: "failure" });
  github.addStatus(repo, sha, { context: "deploy", state: "success" }, "mona");
  await octokit.rest.checks.create({ ...shop, name: "review", head_sha: sha, status: "in_progress" });
  const { data: checks } = await octokit.rest.checks.listForRef({ ...shop, ref: "topic" });
  expect(checks.check_runs.map((run) => [run.name, run.status, run.conclusion])).toEqual([
    ["CI", "completed", "failure"],
    ["review", "in_progress", null],
  ]);
  const { data: status } = await octokit.rest.repos.getCombinedStatusForRef({ ...shop, ref: sha });
  expect([status.state, status.statuses.map((each) => each.context)]).toEqual(["success", ["deploy"]]);
});
