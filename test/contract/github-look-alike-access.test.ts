import { generateKeyPairSync } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { expect, test } from "vitest";
import { appOctokit, arrange, quiet, refusal, shop, token } from "../support/look-alike-world.ts";

test("an App signs in with its key and sees itself and its installations", async () => {
  await using world = await arrange();
  const { github, repo } = world;
  const octokit = appOctokit(github);
  const { data: app } = await octokit.rest.apps.getAuthenticated();
  const { data: installations } = await octokit.rest.apps.listInstallations();
  const { data: installation } = await octokit.rest.apps.getRepoInstallation(shop);
  expect(app).toMatchObject({
    id: github.app.id,
    slug: "nightshift",
    permissions: { contents: "write", issues: "write", pull_requests: "write", metadata: "read" },
    events: ["issues", "issue_comment", "push"],
  });
  expect(installations.map((each) => each.id)).toEqual([repo.installationId]);
  expect(installation.account).toMatchObject({ login: "acme" });
});

test("a key that is not the App's is refused", async () => {
  await using world = await arrange();
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const stranger = appOctokit(world.github, { privateKey });
  await expect(stranger.rest.apps.getAuthenticated()).rejects.toMatchObject(
    refusal(401, "A JSON web token could not be decoded"),
  );
});

test("a token is good for what it was asked for, and the refusal names what is missing", async () => {
  await using world = await arrange({ permissions: { issues: "write", metadata: "read" } });
  const octokit = new Octokit({
    auth: await token(world, { issues: "read" }),
    baseUrl: world.github.apiUrl,
    log: quiet,
  });
  const { data } = await octokit.rest.issues.get({ ...shop, issue_number: world.issue });
  expect(data).toMatchObject({ number: 1, title: "Total is wrong", state: "open", user: { login: "mona" } });
  const comment = octokit.rest.issues.createComment({ ...shop, issue_number: 1, body: "x" });
  await expect(comment).rejects.toMatchObject({
    ...refusal(403, "Resource not accessible by integration"),
    response: { headers: { "x-accepted-github-permissions": "issues=write; pull_requests=write" } },
  });
  await expect(token(world, { checks: "write" })).rejects.toMatchObject(
    refusal(422, "The permissions requested are not granted to this installation."),
  );
});

test("a token that is out of date or made up is refused", async () => {
  let now = new Date();
  await using world = await arrange({ now: () => now });
  const { github } = world;
  const secret = await token(world);
  const octokit = new Octokit({ auth: secret, baseUrl: github.apiUrl, log: quiet });
  expect((await octokit.rest.repos.get(shop)).data.full_name).toBe("acme/shop");
  now = new Date(now.getTime() + 61 * 60_000);
  await expect(octokit.rest.repos.get(shop)).rejects.toMatchObject(refusal(401, "Bad credentials"));
  const madeUp = new Octokit({ auth: "ghs_made_up", baseUrl: github.apiUrl, log: quiet });
  await expect(madeUp.rest.repos.get(shop)).rejects.toMatchObject(refusal(401, "Bad credentials"));
  const nobody = new Octokit({ baseUrl: github.apiUrl, log: quiet });
  await expect(nobody.rest.repos.get(shop)).rejects.toMatchObject(refusal(401, "Requires authentication"));
});

test("a repository without the App is not there for it", async () => {
  await using world = await arrange();
  const { github, octokit } = world;
  await github.addRepository({ owner: "acme", name: "secret", files: { a: "b" }, installed: false });
  for (const repo of ["secret", "missing"]) {
    await expect(octokit.rest.repos.get({ owner: "acme", repo })).rejects.toMatchObject(refusal(404, "Not Found"));
  }
  const { data } = await octokit.rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map((repo) => repo.full_name)).toEqual(["acme/shop"]);
});
