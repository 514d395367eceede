import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { SandboxProvider } from "../../domain/sandbox.ts";
import { cancelled } from "../command-result.ts";
import { sandboxEnvironment } from "../sandbox-files.ts";
import { makeSandboxFolder, sweepSandboxFolders } from "../sandbox-folder.ts";
import { pidsToKill } from "../srt/srt-kill.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { killProcess } from "./process-tree.ts";

export interface ProcessOptions {
  /** Whose folders these are, where several Nightshifts share a machine: a sweep sees its own only. */
  readonly owner?: string;
  /** Where the sandboxes' folders are made. Default: the system's folder for temporary files. */
  readonly parent?: string;
  /** Default: this process's own PATH. */
  readonly path?: string;
}

/** Sandboxes as folders of this machine and child processes: for machines without a container engine, and no protection at all. */
export function processProvider(options: ProcessOptions = {}): SandboxProvider {
  const owner = options.owner ?? "default";
  const parent = options.parent ?? tmpdir();
  const path = options.path ?? process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  return {
    name: "process",
    warning:
      "Commands run without isolation, as your own user with your files and network in reach (sandbox provider `process`): use it only for code and issues that you trust.",

    async create(request, { signal }) {
      if (signal.aborted) throw cancelled("Making a sandbox", signal);
      const root = await makeSandboxFolder(parent, owner, request);
      const PATH = [dirname(process.execPath), path].join(delimiter);
      const folders = { home: join(root, "home"), tmp: join(root, "tmp") };
      return new ProcessSandbox({
        root,
        mirror: resolve(request.mirror),
        env: { PATH, ...sandboxEnvironment(folders) },
      });
    },

    async sweep(isAlive) {
      const removed = await sweepSandboxFolders(parent, owner, isAlive, async (root) => {
        // What a worker that was killed had started does not end with it.
        for (const pid of await pidsToKill(`HOME=${join(root, "home")}`, undefined)) killProcess(pid);
      });
      return removed.length;
    },

    async check() {
      return [{ name: "sandbox", ok: true, detail: "commands run on this machine, without isolation" }];
    },
  };
}
