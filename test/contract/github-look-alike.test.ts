import { expect, test } from "vitest";
import { arrange, pushBranch, refusal, shop } from "../support/look-alike-world.ts";

test("files are read as JSON, as they are, and as a folder", async () => {
  await using world = await arrange();
  const { octokit } = world;
  await pushBranch(world, "topic");
  const { data: file } = await octokit.rest.repos.getContent({ ...shop, path: "src/cart.js" });
  const { data: onBranch } = await octokit.rest.repos.getContent({
    ...shop,
    path: "src/cart.js",
    ref: "topic",
    mediaType: { format: "raw" },
  });
  const { data: root } = await octokit.rest.repos.getContent({ ...shop, path: "" });
  expect(file).toMatchObject({ type: "file", encoding: "base64", size: 8, content: "b25lCnR3bwo=\n" });
  expect(onBranch).toBe("one\nthree\n");
  expect(Array.isArray(root) && root.map((each) => [each.type, each.path])).toEqual([
    ["file", "README.md"],
    ["file", "run.sh"],
    ["dir", "src"],
  ]);
  await expect(octokit.rest.repos.getContent({ ...shop, path: "nope" })).rejects.toMatchObject(
    refusal(404, "Not Found"),
  );
});

test("people have the permission that was set, owners are admins, bots are nobody", async () => {
  await using world = await arrange();
  const { github, octokit, mona } = world;
  github.addUser("stranger");
  const permission = async (username: string) =>
    (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...shop, username })).data.permission;
  expect(await permission("mona")).toBe("write");
  expect(await permission("MONA")).toBe("write");
  expect(await permission("acme")).toBe("admin");
  expect(await permission("stranger")).toBe("none");
  await expect(permission("nightshift[bot]")).rejects.toMatchObject(refusal(404, "nightshift[bot] is not a user"));
  expect((await octokit.rest.users.getByUsername({ username: "mona" })).data.id).toBe(mona.id);
});

test("requests go wrong on request, and only as often as asked", async () => {
  await using world = await arrange();
  const { github, octokit, repo, issue } = world;
  const comment = () => octokit.rest.issues.createComment({ ...shop, issue_number: issue, body: "Hello" });
  const at = { method: "POST", path: /\/comments$/ };
  github.fault({ ...at, answer: { type: "secondary_rate_limit", retryAfterSeconds: 7 } });
  await expect(comment()).rejects.toMatchObject({
    status: 403,
    message: expect.stringMatching(/secondary rate limit/),
    response: { headers: { "retry-after": "7" } },
  });
  github.fault({ ...at, times: 2, answer: { type: "status", status: 502 } });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  expect(github.comments(repo, issue)).toEqual([]);
  github.fault({ ...at, answer: { type: "status", status: 502, afterEffect: true } });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  expect(github.comments(repo, issue)).toHaveLength(1);
  github.fault({ ...at, answer: { type: "disconnect" } });
  await expect(comment()).rejects.toMatchObject({
    status: 500,
    message: expect.stringMatching(/other side closed|ECONNRESET|fetch failed/),
  });
  expect((await comment()).status).toBe(201);
});

test("what the look-alike does not have says so", async () => {
  await using world = await arrange();
  await expect(world.octokit.rest.repos.listTags(shop)).rejects.toMatchObject(
    refusal(501, "The look-alike has no GET /repos/acme/shop/tags. Add it in src/playground/github/rest."),
  );
  expect(world.github.requests().at(-1)).toEqual({
    method: "GET",
    path: "/repos/acme/shop/tags",
    as: `installation ${world.repo.installationId}`,
    status: 501,
  });
});

test("the pages show what was written, and run nothing of it", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  await pushBranch(world, "topic", "one\n<b>three</b>\n");
  const body = `> [!WARNING]\n> Not **isolated**.\n\n<!-- unseen -->\n<script>alert(1)</script>\n\n<details><summary>More</summary>\n\n| a |\n|---|\n| b |\n\n</details>\n\n[x](javascript:alert(1)) end <!-- unseen too -->`;
  await octokit.rest.pulls.create({ ...shop, title: "Fix <i>it</i>", head: "topic", base: "main", body });
  const page = async (path: string) => {
    const response = await fetch(`${github.url}${path}`);
    return {
      status: response.status,
      text: await response.text(),
      policy: response.headers.get("content-security-policy"),
    };
  };
  const pull = await page("/acme/shop/pull/2");
  expect(pull.policy).toMatch(/default-src 'none'/);
  expect(pull.text).toContain("Fix &lt;i&gt;it&lt;/i&gt;");
  expect(pull.text).toContain('<div class="alert alert-warning">');
  expect(pull.text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(pull.text).toMatch(/<details>\s*<summary>More<\/summary>/);
  expect(pull.text).toContain("<td>b</td>");
  expect(pull.text).not.toMatch(/unseen|<script|href="javascript/);
  expect((await page("/acme/shop/pull/2/files")).text).toContain("+&lt;b&gt;three&lt;/b&gt;");
  expect((await page("/acme/shop/issues/1")).text).toContain("See <strong>cart</strong>");
  expect((await page("/acme/shop")).text).toContain("/acme/shop/pull/2");
  expect((await page("/")).text).toContain("/acme/shop");
  const head = (await github.refs(repo))["refs/heads/topic"];
  expect((await page(`/acme/shop/commit/${head}`)).text).toContain("Change the cart");
  expect((await page("/acme/nothing")).status).toBe(404);
});
