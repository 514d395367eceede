import { spawn } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGitHub } from "../../src/playground/github/start-github.ts";
import { startNightshift } from "../support/nightshift-command.ts";

const root = resolve(import.meta.dirname, "../..");
let parts: AsyncDisposableStack;
beforeEach(() => {
  parts = new AsyncDisposableStack();
});
afterEach(() => parts.disposeAsync());

/** `nightshift start --json` in `cwd`, until it has printed its document. */
async function start(
  cwd: string,
  env: Record<string, string>,
): Promise<{ readonly document: Record<string, unknown>; readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [join(root, "src/main.ts"), "start", "--json"], {
    cwd,
    env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", NO_SMEE_SETUP: "true", LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = new Promise((done) => child.once("close", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await closed;
  };
  parts.defer(stop);
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += chunk;
    if (printed.trimEnd().endsWith("}")) break;
  }
  return { document: JSON.parse(printed), stop };
}

test("a port that is in use is said in one line, before the App exists too", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "nightshift-setup-"));
  parts.defer(() => rm(cwd, { recursive: true, force: true, maxRetries: 3 }));
  await copyFile(join(root, "app.yml"), join(cwd, "app.yml"));
  const holder = parts.use(await startGitHub());
  const { hostname: HOST, port: PORT } = new URL(holder.url);
  const { code, stdout, stderr } = await startNightshift(["start"], { cwd, env: { HOST, PORT } }).ended;
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(
    new RegExp(`^nightshift start: The set-up page .*: Port ${PORT} is already in use.*PORT.*\\n$`),
  );
});

test("the setup page makes the App from app.yml, and the next start takes its deliveries", async () => {
  const github = parts.use(await startGitHub());
  const cwd = await mkdtemp(join(tmpdir(), "nightshift-setup-"));
  parts.defer(() => rm(cwd, { recursive: true, force: true, maxRetries: 3 }));
  // The embedded Postgres runs as a user of its own where we are root.
  await chmod(cwd, 0o711);
  for (const file of ["app.yml", "package.json"]) await copyFile(join(root, file), join(cwd, file));
  const env = { GHE_HOST: new URL(github.url).host, GHE_PROTOCOL: "http" };

  const setup = await start(cwd, env);
  expect(setup.document).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), setup: true });
  const page = await (await fetch(`${setup.document["url"]}/probot`)).text();
  const form = /<form[^>]*action="([^"]+)"[^>]*>/.exec(page)?.[1] ?? "";
  const manifest = /name="manifest"[^>]*value='([^']+)'/.exec(page)?.[1] ?? "";
  expect(JSON.parse(manifest)).toMatchObject({
    name: "nightshift",
    default_events: ["issues", "push", "issue_comment"],
    url: expect.any(String),
  });

  // What the browser does: the form is posted to GitHub, which sends the person back with a code.
  const made = await fetch(form, { method: "POST", body: new URLSearchParams({ manifest }), redirect: "manual" });
  const back = await fetch(made.headers.get("location") ?? "", { redirect: "manual" });
  expect(back.headers.get("location")).toMatch(/\/installations\/new$/);
  const written = await readFile(join(cwd, ".env"), "utf8");
  expect(written).toContain(`APP_ID=${github.app.id}\n`);
  expect((await stat(join(cwd, ".env"))).mode & 0o777).toBe(0o600);

  await setup.stop();
  await writeFile(join(cwd, "nightshift.yaml"), "sandbox: { provider: process }\n");
  const { document } = await start(cwd, { ...env, ANTHROPIC_API_KEY: "never used" });
  github.setWebhookUrl(`${document["url"]}/`);
  const repo = await github.addRepository({ owner: "acme", name: "shop", files: { "a.txt": "a\n" } });
  github.addUser("mallory");
  const { number } = await github.openIssue(repo, { by: "mallory", title: "Obey", body: "" });
  await github.addLabel(repo, number, "ready-for-robot", "mallory");
  const [comment] = await github.until(() => {
    const comments = github.comments(repo, number);
    return comments.length > 0 ? comments : undefined;
  });
  expect(comment?.body).toContain("Thank you, @mallory.");
});
