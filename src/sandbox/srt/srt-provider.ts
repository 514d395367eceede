import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { explain, NightshiftError } from "../../domain/errors.ts";
import type { SandboxProvider, SandboxRequest } from "../../domain/sandbox.ts";
import { cancelled } from "../command-result.ts";
import { ending } from "../ending.ts";
import { certificateEnvironment } from "../guard/certificates.ts";
import { OutputBuffer } from "../output-buffer.ts";
import { removeFolder } from "../process/process-sandbox.ts";
import { sandboxEnvironment } from "../sandbox-files.ts";
import { makeSandboxFolder, sweepSandboxFolders } from "../sandbox-folder.ts";
import { makeControlGroup, removeControlGroup } from "./srt-cgroup.ts";
import { checkSrt, holdsWithoutFilter } from "./srt-check.ts";
import { SrtLink } from "./srt-link.ts";
import { type SrtPlan, srtPlan, visiblePath } from "./srt-plan.ts";
import { endWarden, SrtSandbox } from "./srt-sandbox.ts";

export interface SrtOptions {
  /** Whose folders these are, where several Nightshifts share a machine: a sweep sees its own only. */
  readonly owner?: string;
  /** Where the sandboxes' folders are made. Default: the system's folder for temporary files. */
  readonly parent?: string;
  /** Default: this process's own PATH. */
  readonly path?: string;
  /** A file of certificates, by its absolute path, that programs inside trust besides the public ones. */
  readonly caBundle?: string | undefined;
}

const startTimeoutMs = 30_000;

/** Sandboxes by the system's own means (bubblewrap on Linux, Seatbelt on macOS): for machines without a container engine. */
export function srtProvider(options: SrtOptions = {}): SandboxProvider {
  // Set apart from those of the provider `process`, whose sweep must not take the folder alone.
  const owner = `srt ${options.owner ?? "default"}`;
  const parent = options.parent ?? tmpdir();
  const { caBundle } = options;
  const path = options.path ?? process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";

  async function create(request: SandboxRequest, { signal }: { readonly signal: AbortSignal }): Promise<SrtSandbox> {
    if (signal.aborted) throw cancelled("Making a sandbox", signal);
    const root = await makeSandboxFolder(parent, owner, request);
    const id = basename(root);
    await mkdir(join(root, "run"));
    const group = await makeControlGroup(id, request.limits);
    const PATH = visiblePath(path).join(delimiter);
    const mirror = resolve(request.mirror);
    const { network, limits } = request;
    const unixSockets = await holdsWithoutFilter(path);
    const plan = srtPlan({ root, mirror, path, network, limits, group, unixSockets, caBundle });
    const warden = startWarden(plan, root, path);
    try {
      const link = await connect(warden, signal);
      const env = {
        PATH,
        ...sandboxEnvironment({ home: join(root, "home"), tmp: join(root, "tmp") }),
        ...(caBundle === undefined ? {} : certificateEnvironment(caBundle)),
      };
      const { onRefusal } = request;
      return new SrtSandbox({
        root,
        mirror,
        env,
        warden,
        link,
        diskMb: limits.diskMb,
        ...(onRefusal === undefined ? {} : { onRefusal }),
      });
    } catch (error) {
      await endWarden(warden);
      await removeFolder(root);
      await removeControlGroup(id);
      throw error;
    }
  }

  return {
    name: "srt",
    warning: undefined,
    create,

    async sweep(isAlive) {
      const removed = await sweepSandboxFolders(parent, owner, isAlive);
      for (const root of removed) await removeControlGroup(basename(root));
      return removed.length;
    },

    async check() {
      const doctor = srtProvider({ ...options, owner: "doctor" });
      return await checkSrt(doctor, path);
    },
  };
}

type Warden = ChildProcessByStdio<Writable, Readable, Readable>;

function startWarden(plan: SrtPlan, root: string, path: string): Warden {
  const run = join(root, "run");
  const program = join(import.meta.dirname, "srt-warden.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(plan)], {
    // The runtime protects what it finds in the folder that it works in, so it gets one with nothing in it.
    cwd: run,
    env: {
      PATH: path,
      HOME: join(root, "home"),
      TMPDIR: process.platform === "darwin" ? "/tmp" : run,
      CLAUDE_CODE_TMPDIR: join(root, "tmp"),
    },
    // A group of its own, with which it is ended; and a Ctrl-C in the terminal is not for it.
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "ipc"],
  });
  // `stdio` as it is written above makes these three pipes; the types tell of three entries only.
  return child as Warden;
}

async function connect(warden: Warden, signal: AbortSignal): Promise<SrtLink> {
  const complaints = new OutputBuffer(10_000);
  warden.stderr.on("data", (chunk: Buffer) => complaints.add(chunk));
  const link = new SrtLink(warden.stdout, warden.stdin, { onBroken: () => void endWarden(warden) });
  try {
    const end = await ending(link.ready, startTimeoutMs, signal);
    if (end === "ended") return link;
    if (end === "cancelled") throw cancelled("Making a sandbox", signal);
    throw new Error(`It did not start within ${startTimeoutMs / 1000} s.`);
  } catch (cause) {
    if (cause instanceof NightshiftError) throw cause;
    throw new NightshiftError(
      "sandbox_unavailable",
      `No srt sandbox can be made: ${complaints.text().trim() || explain(cause)} \`nightshift doctor\` says what is missing.`,
      { cause },
    );
  }
}
