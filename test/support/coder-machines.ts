import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { Sandbox, SandboxProvider, SandboxRequest, Shell } from "../../src/domain/sandbox.ts";
import type { ToolContext } from "../../src/domain/tool.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt/srt-provider.ts";
import { bareMirror } from "./bare-mirror.ts";
import { aCall } from "./played-model.ts";
import { dockerForTests, srtForTests } from "./sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

const owner = `test-${randomUUID()}`;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
export const signal = new AbortController().signal;

const hasDocker = await dockerForTests();
const withoutRipgrep = programsBut("rg");
afterAll(() => rmSync(withoutRipgrep, { recursive: true }));
const machines = [
  { name: "the docker provider", provider: dockerProvider({ owner }), here: hasDocker },
  { name: "the srt provider", provider: srtProvider({ owner }), here: await srtForTests() },
  { name: "the process provider", provider: processProvider({ owner }), here: true },
  { name: "a machine without ripgrep", provider: processProvider({ owner, path: withoutRipgrep }), here: true },
];

/** A folder of this machine's programs, without one of them. */
function programsBut(left: string): string {
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  for (const from of ["/bin", "/usr/bin"]) {
    for (const name of readdirSync(from)) {
      if (name !== left && !existsSync(join(folder, name))) symlinkSync(join(from, name), join(folder, name));
    }
  }
  return folder;
}

/** The coder's tools on one machine. Its sandbox is one for all tests of a file, each with files of its own names: nothing depends on an empty workspace. */
interface CoderMachine {
  readonly provider: SandboxProvider;
  context(): ToolContext;
  sandbox(): Sandbox;
  /** What the model reads: the text, and `!` before an error. */
  use(name: string, args: unknown): Promise<string>;
  sh(line: string): Promise<string>;
  at(path: string): string;
  put(path: string, content: string | Uint8Array): Promise<void>;
  bytes(path: string): Promise<Buffer>;
  text(path: string): Promise<string>;
}

export function aRequest(runId: string): SandboxRequest {
  return { runId, lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits };
}

/** Registers the tests for every machine that there is here. */
export function onEveryMachine(tests: (machine: CoderMachine) => void): void {
  for (const { name: machine, provider, here } of machines) {
    describe.skipIf(!here)(`the coder's tools in a sandbox of ${machine}`, () => {
      let opened: { readonly sandbox: Sandbox; readonly shell: Shell; readonly files: Shell } | undefined;
      beforeAll(async () => {
        const sandbox = await provider.create(aRequest("run-1"), { signal });
        opened = { sandbox, shell: lazyShell(sandbox), files: lazyShell(sandbox) };
      });
      afterAll(() => opened?.sandbox[Symbol.asyncDispose]());
      const context = () => {
        if (opened === undefined) throw new Error("The sandbox is made before the first test, not before.");
        return { ...opened, signal };
      };
      const sandbox = () => context().sandbox;
      const at = (path: string) => `${sandbox().workspace}/${path}`;
      const bytes = (path: string) => sandbox().readFile(at(path));
      tests({
        provider,
        context,
        sandbox,
        async use(name, args) {
          const { result } = await runTool(aCall(name, args), coderTools, context());
          return `${result.isError ? "! " : ""}${result.text}`;
        },
        sh: async (line) => (await sandbox().run({ line, timeoutMs: 30_000 }, { signal })).output,
        at,
        put: (path, content) => sandbox().writeFile(at(path), Buffer.from(content)),
        bytes,
        text: async (path) => (await bytes(path)).toString("utf8"),
      });
    });
  }
}
