import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { type GitIn, writeRepository } from "./fixture-repository.ts";
import { type Ended, type Started, startNightshift } from "./nightshift-command.ts";
import { testDatabase } from "./test-database.ts";

/** A repository with somebody's unfinished work in it, a scripted model and a database, for `nightshift` as a process. */
export async function solveRig(of: { readonly files: Readonly<Record<string, string>>; readonly script: ModelScript }) {
  await using parts = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), "nightshift-solve-"));
  parts.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }));
  // The embedded Postgres runs as a user of its own where we are root.
  await chmod(root, 0o711);
  const repository = join(root, "their repository");
  const cwd = join(root, "nightshift");
  await mkdir(cwd);
  const theirs = await writeRepository(repository, of.files);
  await leaveUnfinished(repository, theirs);
  // Without what leaves a trace.
  const git: GitIn = (...args) => theirs("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", ...args);
  const before = stateOf(git);

  const model = parts.use(await startScriptedModel({ script: of.script }));
  const store = parts.use(await testDatabase());
  const claude = `{ base_url: "${model.anthropicBaseUrl}", model: scripted, price: { input: 3, output: 15 } }`;
  await writeFile(
    join(cwd, "nightshift.yaml"),
    `llm: { mode: claude, providers: { claude: ${claude} } }\nsandbox: { provider: process }\n`,
  );
  const env = { DATABASE_URL: store.url, ANTHROPIC_API_KEY: "scripted", LOG_LEVEL: "fatal" };
  const start = (...args: readonly string[]): Started => startNightshift(args, { cwd, env });

  const owned = parts.move();
  return {
    ...{ repository, git, model, store, cwd, start },
    run: async (...args: readonly string[]): Promise<Ended> => await start(...args).ended,
    /** With a database of its own, in `data_dir`. */
    async runEmbedded(...args: readonly string[]): Promise<Ended> {
      const { DATABASE_URL: _, ...own } = env;
      return await startNightshift(args, { cwd, env: own }).ended;
    },
    /** Nothing of theirs has changed: neither files nor index, neither stash nor branches, but for ours. */
    expectUntouched(...ours: readonly string[]) {
      const now = stateOf(git);
      expect({ ...now, branches: now.branches.filter((branch) => !ours.includes(branch)) }).toEqual(before);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Something stashed, something staged, something not, and a hook and settings that leave a trace where they are used. */
async function leaveUnfinished(path: string, git: GitIn): Promise<void> {
  await writeFile(join(path, "README.md"), "Stashed.\n");
  git("add", "--all");
  git("stash", "--quiet");
  await writeFile(join(path, "staged.txt"), "Staged.\n");
  git("add", "staged.txt");
  await writeFile(join(path, "staged.txt"), "Staged, then changed.\n");
  await writeFile(join(path, "untracked.txt"), "Not known to git.\n");
  const trace = `#!/bin/sh\ntouch "${path}/TRACE"\n`;
  for (const hook of ["reference-transaction", "post-checkout", "pre-push", "update", "post-index-change"]) {
    await writeFile(join(path, ".git/hooks", hook), trace, { mode: 0o755 });
  }
  git("config", "core.fsmonitor", `touch "${path}/TRACE"`);
  await rm(join(path, "TRACE"), { force: true });
}

function stateOf(git: GitIn) {
  return {
    status: git("status", "--porcelain=v2", "--branch", "--untracked-files=all"),
    index: git("ls-files", "--stage"),
    unstaged: git("diff"),
    stash: git("stash", "list"),
    branches: git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n"),
    settings: git("config", "--local", "--list"),
  };
}
