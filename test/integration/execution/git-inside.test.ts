import { expect, test } from "vitest";
import { git } from "../../../src/execution/sandboxes/git-inside.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const { signal } = new AbortController();

test("what a set-up left in git's settings has no program run when we check out", async () => {
  await using sandbox = await processSandbox();
  const left = `git init --quiet . && git commit --quiet --allow-empty -m one && mkdir hooks &&
printf '#!/bin/sh\\necho ran >>"%s/ran"\\n' "$PWD" | tee hooks/post-checkout >hooks/watcher && chmod +x hooks/* &&
git config core.hooksPath hooks && git config core.fsmonitor "$PWD/hooks/watcher"`;
  expect(await sandbox.run({ line: left, timeoutMs: 30_000 }, { signal })).toMatchObject({ exitCode: 0 });
  await git(sandbox, "rm -f ran && git checkout --quiet -B change && git status", {}, signal);
  const { output } = await git(sandbox, "ls; git config one.more", {}, signal, [["one.more", "setting"]]);
  expect(output).toBe("hooks\nsetting\n");
});
