import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { SandboxProvider } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { aCall } from "../support/played-model.ts";
import { dockerForTests } from "../support/sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

const owner = `test-${randomUUID()}`;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
const signal = new AbortController().signal;

const machines = [
  { name: "docker", provider: dockerProvider({ owner }), here: await dockerForTests() },
  { name: "process", provider: processProvider({ owner }), here: true },
] as const;

async function workspaceOf(provider: SandboxProvider) {
  const request = { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits } as const;
  const sandbox = await provider.create(request, { signal });
  const context = { sandbox, shell: lazyShell(sandbox), files: lazyShell(sandbox), signal };
  const sh = async (line: string) => (await sandbox.run({ line, timeoutMs: 30_000 }, { signal })).output;
  return {
    sh,
    /** A program where a package manager would put it. */
    install: (path: string, lines: string) =>
      sh(`mkdir -p "$(dirname ${path})" && printf '#!/bin/sh\\n%s\\n' '${lines}' >${path} && chmod +x ${path}`),
    write: async (path: string, content: string) =>
      (await runTool(aCall("write_file", { path, content }), coderTools, context)).result.text,
    scratch: sandbox.scratch,
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

for (const { name: machine, provider, here } of machines) {
  describe.skipIf(!here)(`an edit in a repository with a linter, in a sandbox of the ${machine} provider,`, () => {
    let place: Awaited<ReturnType<typeof workspaceOf>>;
    beforeAll(async () => {
      place = await workspaceOf(provider);
    });
    afterAll(() => place?.[Symbol.asyncDispose]());
    const write = (path: string, content: string) => place.write(path, content);
    const sh = (line: string) => place.sh(line);
    const install = (path: string, lines: string) => place.install(path, lines);

    test("is judged by it where it is set up, from the nearest folder that does", async () => {
      await sh("mkdir -p shop/web/src && touch shop/eslint.config.js shop/web/.eslintrc.json other.eslintrc");
      await install("shop/node_modules/.bin/eslint", 'echo "in $(basename "$PWD"): $*"; exit 1');
      expect(await write("shop/web/src/a.ts", "export const a = 2;\n")).toMatch(
        /^Wrote .*\nBut eslint objects to what shop\/web\/src\/a\.ts is now\. .*:\nin web: --no-color --quiet \.\/src\/a\.ts$/,
      );
      expect(await write("shop/b.ts", "export const b = 2;\n")).toContain("\nin shop: --no-color --quiet ./b.ts");
      // Neither above what sets it up, nor of another kind.
      expect(await write("c.ts", "export const c = 2;\n")).not.toContain("eslint");
      expect(await write("shop/c.py", "c = 2\n")).not.toContain("eslint");
    });

    test("hears nothing of a linter that is content, is not installed or does not work", async () => {
      await sh("mkdir -p calm/src && touch calm/eslint.config.js");
      expect(await write("calm/src/a.cts", "let a = 1;\n")).not.toContain("eslint");
      for (const code of [0, 2]) {
        await install("calm/node_modules/.bin/eslint", `echo said; exit ${code}`);
        expect(await write("calm/src/a.cts", "let a = 1;\n")).not.toContain("said");
      }
    });

    test("hears of the syntax first", async () => {
      await sh("mkdir -p wrong && touch wrong/eslint.config.js");
      await install("wrong/node_modules/.bin/eslint", "echo said; exit 1");
      const said = await write("wrong/a.js", "let a = (;\n");
      expect(said).toContain("But node --check finds an error");
      expect(said).not.toContain("said");
    });

    // The two that sit out the linter's time do so at once, each in a sandbox of its own.
    test.concurrent("does not wait a second time for a linter that was too slow", async () => {
      await using slow = await workspaceOf(provider);
      await slow.sh("mkdir -p slow && touch slow/eslint.config.js");
      await slow.install("slow/node_modules/.bin/eslint", "echo once >>slow-calls; sleep 30");
      expect(await slow.write("slow/a.jsx", "let a = 1;\n")).toBe("Wrote slow/a.jsx (11 bytes).");
      expect(await slow.write("slow/a.jsx", "let a = 2;\n")).toBe("Wrote slow/a.jsx (11 bytes).");
      expect(await slow.sh("cat slow/slow-calls")).toBe("once\n");
    });

    // It would be longer than a test may take.
    test.concurrent("waits neither for a linter that will not end nor for what one leaves behind", async () => {
      await using at = await workspaceOf(provider);
      await at.sh("mkdir -p stays leaves && touch stays/biome.json leaves/.ruff.toml");
      await at.install("stays/node_modules/.bin/biome", `trap "" TERM; while :; do sleep 1; done`);
      expect(await at.write("stays/a.jsx", "let a = 1;\n")).toBe("Wrote stays/a.jsx (11 bytes).");
      await at.install("leaves/.venv/bin/ruff", "setsid sleep 300 & echo said; exit 1");
      expect(await at.write("leaves/a.pyi", "a = 1\n")).toContain("But ruff objects to what leaves/a.pyi is now");
      expect(await at.sh(`ls -A ${at.scratch} | grep '^[.]lint'`)).toBe("");
    });
  });
}

test("an edit is judged by Biome itself", async () => {
  const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
  await using place = await workspaceOf(processProvider({ owner }));
  await place.sh("echo '{ \"root\": true }' >biome.json && mkdir -p node_modules/.bin");
  await place.sh(`ln -s ${biome} node_modules/.bin/biome`);
  const said = await place.write("a.ts", "export const a = 1;\nif (a == 2) {\n\tdebugger;\n}\n");
  expect(said).toMatch(/But biome objects to what a\.ts is now.*lint\/suspicious\/noDebugger/s);
  expect(await place.write("a.ts", "export const a = 1;\n")).not.toContain("biome");
});
