import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import { arrange, connection } from "../support/forge-world.ts";

test("people have the permission that GitHub says, and strangers none", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  for (const login of ["reader", "boss"]) github.addUser(login);
  github.setPermission(repo, "reader", "read");
  github.addUser("keeper");
  github.setPermission(repo, "keeper", "maintain");
  github.setPermission(repo, "boss", "admin");
  expect(await forge.permission(repo, "ada")).toBe("write");
  expect(await forge.permission(repo, "reader")).toBe("read");
  expect(await forge.permission(repo, "boss")).toBe("admin");
  expect(await forge.permission(repo, "keeper")).toBe("maintain");
  expect(await forge.permission(repo, "nobody-knows-me")).toBe("none");
});

test("a file is read from the default branch", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  await github.commit(repo, { branch: "topic", message: "x", files: { "cart.js": "on a branch\n" }, by: "ada" });
  expect(await forge.readFile(repo, "cart.js")).toBe("export const total = 0;\n");
  expect(await forge.readFile(repo, ".github/nightshift.yml")).toBe("test: npm test\n");
  expect(await forge.readFile(repo, "läden/é.txt")).toBe("é\n");
  expect(await forge.readFile(repo, "missing.txt")).toBeUndefined();
  await expect(forge.readFile(repo, ".github")).rejects.toMatchObject({
    code: "bad_input",
    message: "Cannot read .github of acme/shop: it is a folder. A plain text file is expected.",
  });
});

test("our commits are by the App's bot account", async () => {
  await using world = await arrange();
  const { name, email } = await world.forge.committer(world.repo);
  expect(name).toBe("nightshift[bot]");
  expect(email).toMatch(/^\d+\+nightshift\[bot\]@users\.noreply\.127\.0\.0\.1$/);
});

test("a person's address carries the id, which survives a rename", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const at = (apiUrl: string, webUrl: string) =>
    githubForge({ appId: 1, privateKey, apiUrl, webUrl, dataDir: "/unused" });
  const ada = { login: "ada", id: 7 };
  expect(at("https://api.github.com", "https://github.com").emailOf(ada)).toBe("7+ada@users.noreply.github.com");
  expect(at("https://ghe.example/api/v3/", "https://ghe.example/").emailOf(ada)).toBe(
    "7+ada@users.noreply.ghe.example",
  );
});

test("a private key that cannot sign is refused at once, and one on a single line works", async () => {
  await using world = await arrange();
  const options = { ...connection(world.github), dataDir: world.dataDir };
  expect(() => githubForge({ ...options, privateKey: "-----BEGIN RSA PRIVATE KEY-----" })).toThrow(
    expect.objectContaining({ code: "bad_settings" }),
  );
  const oneLine = githubForge({ ...options, privateKey: options.privateKey.replaceAll("\n", "\\n") });
  expect(await oneLine.permission(world.repo, "ada")).toBe("write");
});

test("the checks tell what is right and how to mend what is not", async () => {
  await using world = await arrange();
  const { forge, github } = world;
  const names = ["GitHub App", "GitHub App permissions", "GitHub App installations", "GitHub App events"];
  const healthy = await forge.check();
  expect(healthy.map(({ name, ok }) => ({ name, ok }))).toEqual(names.map((name) => ({ name, ok: true })));

  github.setAppPermissions({ contents: "write", issues: "read", metadata: "read" });
  const lacking = await forge.check();
  expect(lacking[1]).toEqual({
    name: "GitHub App permissions",
    ok: false,
    detail: "lacks checks: write, issues: write, pull_requests: write",
    remedy: expect.stringContaining(`${github.url}/settings/apps/nightshift/permissions`),
  });
  expect(lacking[2]).toMatchObject({ ok: false, remedy: expect.stringContaining("Accept the new permissions at") });
});

test("the checks say so when the App does not subscribe to what it handles", async () => {
  await using world = await arrange({ events: ["issues"] });
  expect((await world.forge.check())[3]).toEqual({
    name: "GitHub App events",
    ok: false,
    detail: "is not told of push",
    remedy: expect.stringContaining(`${world.github.url}/settings/apps/nightshift/permissions`),
  });
});

test("the checks say so when the App is unknown or installed nowhere", async () => {
  await using world = await arrange({ installed: false });
  expect((await world.forge.check())[2]).toMatchObject({
    ok: false,
    remedy: `Install it at ${world.github.url}/apps/nightshift/installations/new`,
  });
  const stranger = githubForge({ ...connection(world.github), appId: 99_999, dataDir: world.dataDir });
  expect((await stranger.check())[0]).toMatchObject({ name: "GitHub App", ok: false, remedy: expect.any(String) });
});
