import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { committedFiles } from "../../src/forge/committed-files.ts";
import { createGit } from "../../src/forge/git.ts";
import { readSubmodules } from "../../src/forge/read-submodules.ts";
import { bareRemote } from "../support/bare-remote.ts";

const { signal } = new AbortController();
let home = "";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "nightshift-home-"));
  await writeFile(join(home, ".gitconfig"), "[user]\n\tname = Operator\n[credential]\n\thelper = store\n");
});
afterAll(() => rm(home, { recursive: true }));

test("git sees nothing of the operator's own settings", async () => {
  const git = createGit({
    PATH: process.env["PATH"],
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_DIR: "/somewhere/else",
    GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "user.email",
    GIT_CONFIG_VALUE_0: "operator@example.com",
    GIT_ASKPASS: "/bin/askpass",
  });
  const { stdout } = await git(["config", "--list", "--show-scope"], { signal });
  const lines = stdout.trim().split("\n");
  expect(lines).toContain("command\tcredential.helper=");
  expect(lines).toContain("command\ttransfer.fsckobjects=true");
  expect(lines.filter((line) => !line.startsWith("command\t"))).toEqual([]);
  expect(stdout).not.toContain("perator");
});

test("a proxy and certificates of the operator are kept", async () => {
  const git = createGit({
    PATH: process.env["PATH"],
    https_proxy: "http://proxy.example:3128",
    SSL_CERT_FILE: "/etc/company.pem",
    AWS_SECRET_ACCESS_KEY: "not for git",
  });
  const { stdout } = await git(["-c", "alias.environment=!env", "environment"], { signal });
  expect(stdout).toContain("https_proxy=http://proxy.example:3128\n");
  expect(stdout).toContain("GIT_SSL_CAINFO=/etc/company.pem\n");
  expect(stdout).not.toContain("AWS_SECRET_ACCESS_KEY");
});

test("a transport that a call did not ask for is refused", async () => {
  await using remote = await bareRemote();
  const git = createGit(process.env);
  const url = `${remote.webUrl}/acme/shop.git`;
  const refused = await git(["ls-remote", url], { signal });
  expect(refused).toMatchObject({ exitCode: 128, stderr: expect.stringContaining("transport 'file' not allowed") });
  expect(await git(["ls-remote", url], { signal, protocols: ["file"] })).toMatchObject({ exitCode: 0 });
});

test("a cancelled command ends with everything that it started", async () => {
  const git = createGit(process.env);
  const controller = new AbortController();
  // The child keeps the output open, so the call can only end when the child has.
  const running = git(["-c", "alias.nap=!sleep 300", "nap"], { signal: controller.signal });
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: "cancelled" });
  await expect(git(["--version"], { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
});

test("a command that takes too long ends with everything that it started, and says what is wrong", async () => {
  const git = createGit(process.env);
  const napping = git(["-c", "alias.nap=!sleep 300", "nap"], { signal, timeoutMs: 10 });
  await expect(napping).rejects.toMatchObject({
    code: "bad_input",
    message: expect.stringContaining("takes more than 0.01 s: the repository holds more"),
  });
});

test("a few trees that stand for millions of files are refused, whatever asks for them", async () => {
  await using remote = await bareRemote();
  const blob = await remote.work("hash-object", "-w", "cart.js");
  let entry = `100644 blob ${blob}`;
  for (let depth = 0; depth < 7; depth += 1) {
    const entries = Array.from({ length: 10 }, (_, n) => `${entry}\t${n}\n`).join("");
    const tree = execFileSync("git", ["mktree"], { cwd: join(remote.folder, "work"), input: entries });
    entry = `040000 tree ${tree.toString().trim()}`;
  }
  const tree = entry.slice("040000 tree ".length);
  const sha = await remote.work("commit-tree", "-m", "bomb", tree);
  await remote.work("push", "--quiet", "--force", "origin", `${sha}:refs/heads/main`);

  const git = createGit(process.env);
  const mirror = { path: remote.bare, defaultBranch: "main", headSha: sha };
  const tooMuch = { code: "bad_input", message: expect.stringContaining("git ls-tree gives more than 64 MB") };
  await expect(committedFiles(git)(mirror, sha)).rejects.toMatchObject(tooMuch);
  await expect(readSubmodules(git, { gitDir: remote.bare, sha, signal })).rejects.toMatchObject(tooMuch);
});

test("secrets do not survive in what git says", async () => {
  const git = createGit(process.env);
  const { stderr } = await git(["ls-remote", "https://user:hunter2@host.example/x"], { signal, secrets: ["hunter2"] });
  expect(stderr).not.toContain("hunter2");
  const { stderr: other } = await git(["hunter2"], { signal, secrets: ["hunter2"] });
  expect(other).toContain("[secret]");
});

test("a host without git is told so", async () => {
  const git = createGit({ PATH: home });
  await expect(git(["--version"], { signal })).rejects.toMatchObject({
    code: "git_failed",
    message: expect.stringContaining("Install git 2.32"),
  });
});
