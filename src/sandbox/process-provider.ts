import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { SandboxProvider } from "../domain/sandbox.ts";
import { cancelled } from "./command-result.ts";
import { ProcessSandbox, removeFolder } from "./process-sandbox.ts";
import { gitConfig, sandboxEnvironment } from "./sandbox-files.ts";

export interface ProcessOptions {
  /** Whose folders these are, where several Nightshifts share a machine: a sweep sees its own only. */
  readonly owner?: string;
  /** Where the sandboxes' folders are made. Default: the system's folder for temporary files. */
  readonly parent?: string;
  /** Default: this process's own PATH. */
  readonly path?: string;
}

const prefix = "nightshift-sandbox-";
/** Owner, run, lease and purpose, a line each. */
const labelFile = "label";

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
      // Without links, so that a command's `pwd` is the path that we know (macOS keeps temporary files behind one).
      const root = await realpath(await mkdtemp(join(parent, prefix)));
      const [home, tmp] = [join(root, "home"), join(root, "tmp")];
      for (const folder of [home, tmp, join(root, "workspace"), join(root, "scratch")]) await mkdir(folder);
      await writeFile(join(home, ".gitconfig"), gitConfig);
      await writeFile(join(root, labelFile), [owner, request.runId, request.lease, request.purpose].join("\n"));
      const PATH = [dirname(process.execPath), path].join(delimiter);
      return new ProcessSandbox({
        root,
        mirror: resolve(request.mirror),
        env: { PATH, ...sandboxEnvironment({ home, tmp }) },
      });
    },

    async sweep(isAlive) {
      let removed = 0;
      for (const name of await readdir(parent)) {
        if (!name.startsWith(prefix)) continue;
        const label = await readLabel(join(parent, name));
        if (label?.owner !== owner || (await isAlive(label.runId, label.lease))) continue;
        await removeFolder(join(parent, name));
        removed += 1;
      }
      return removed;
    },

    async check() {
      return [{ name: "sandbox", ok: true, detail: "commands run on this machine, without isolation" }];
    },
  };
}

async function readLabel(root: string): Promise<{ owner: string; runId: string; lease: number } | undefined> {
  // Not ours, or removed meanwhile: then it is not ours to remove either.
  const text = await readFile(join(root, labelFile), "utf8").catch(() => "");
  const [owner, runId, lease] = text.split("\n");
  return owner === undefined || runId === undefined ? undefined : { owner, runId, lease: Number(lease) };
}
