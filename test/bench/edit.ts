import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import { findSandboxes } from "../../src/compose/sandboxes.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import type { Bench } from "./bench.ts";
import { temporaryFolder } from "./factory-floor.ts";
import { inTurns, median, type Sample } from "./measure.ts";

const units = { edit: "ms", edit_checked: "ms", read: "ms", search: "ms" };
const calls = 15;
const content = Array.from(
  { length: 2_000 },
  (_, n) => `const value${n} = compute(${n * 7}, "of line ${n}"); // part ${n}\n`,
).join("");

const replace = `import sys
path, old, new = sys.argv[1:]
text = open(path, encoding="utf-8", newline="").read()
assert text.count(old) == 1
open(path, "w", encoding="utf-8", newline="").write(text.replace(old, new))
`;

/**
 * One edit of a file of 2,000 lines, and the other tools that look at files, from the call to its answer. Beside it, in the same sandbox,
 * `python3` with `str.replace`, `sed` and `grep`: in the agent's own kept shell, and each as a new process of the sandbox.
 */
export const edit: Bench = async (context) => {
  await using parts = new AsyncDisposableStack();
  const { path: mirror } = parts.use(await temporaryFolder());
  const { signal } = context;
  const { image } = operatorSettings.parse({}).sandbox;
  const isDocker = (await findSandboxes(image)).name === "docker";
  const provider = isDocker ? dockerProvider({ image, owner: "bench" }) : processProvider({ owner: "bench" });
  const limits = { memoryMb: 512, cpus: 2, processes: 100, diskMb: 1_000, openFiles: 4_096 };
  const request = { runId: "bench", lease: 1, purpose: "work", mirror, network: "none", limits } as const;
  const sandbox = parts.use(await provider.create(request, { signal }));
  const [shell, files] = [parts.use(lazyShell(sandbox)), parts.use(lazyShell(sandbox))];
  for (const name of ["plain.txt", "checked.js"]) {
    await sandbox.writeFile(`${sandbox.workspace}/${name}`, Buffer.from(content));
  }
  await sandbox.writeFile(`${sandbox.scratch}/replace.py`, Buffer.from(replace));

  let n = 0;
  /** Another text at the same place each time. */
  const next = () => {
    n += 1;
    return {
      old: `of line 1000"); // part ${n === 1 ? "1000" : `number ${n - 1}.`}`,
      fresh: `of line 1000"); // part number ${n}.`,
    };
  };
  const change = async (path: string) => {
    const { old, fresh } = next();
    await use("edit_file", { path, edits: [{ old_text: old, new_text: fresh }] });
  };
  const use = async (name: string, args: object) => {
    const call = { type: "tool_call", id: "bench", name, arguments: args } as const;
    const { result } = await runTool(call, coderTools, { sandbox, shell, files, signal });
    if (result.isError) throw new Error(result.text);
  };
  const restart = async () => {
    n = 0;
    for (const name of ["plain.txt", "checked.js"]) {
      await sandbox.writeFile(`${sandbox.workspace}/${name}`, Buffer.from(content));
    }
  };
  const edited = async (change: () => Promise<void>) => {
    await restart();
    return await each(change);
  };
  const peer = (run: (line: string) => Promise<{ readonly exitCode: number | null; readonly output: string }>) => {
    const ran = async (line: string) => {
      const { exitCode, output } = await run(line);
      if (exitCode !== 0) throw new Error(`${line}: ${output}`);
    };
    const python = (path: string, then: string) => () => {
      const { old, fresh } = next();
      return ran(`python3 ${sandbox.scratch}/replace.py ${path} '${old}' '${fresh}'${then}`);
    };
    return async (): Promise<Sample> => ({
      edit: await edited(python("plain.txt", "")),
      edit_checked: await edited(python("checked.js", " && node --check checked.js")),
      read: await each(() => ran("sed -n 900,1000p plain.txt")),
      search: await each(() => ran("grep -n 'of line 1234' plain.txt")),
    });
  };

  return await inTurns(
    {
      units,
      ours: async () => ({
        edit: await edited(() => change("plain.txt")),
        edit_checked: await edited(() => change("checked.js")),
        read: await each(() => use("read_file", { path: "plain.txt", from_line: 900, to_line: 1_000 })),
        search: await each(() => use("search", { pattern: "of line 1234", path: "plain.txt" })),
      }),
      peers: {
        script_in_kept_shell: peer((line) => shell.run({ line, timeoutMs: 10_000 }, { signal })),
        script_in_new_process: peer((line) => sandbox.run({ line, timeoutMs: 10_000 }, { signal })),
      },
      rounds: 5,
    },
    context,
  );
};

/** The median of so many. */
async function each(act: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < calls; n += 1) {
    const started = performance.now();
    await act();
    took.push(performance.now() - started);
  }
  return median(took);
}
