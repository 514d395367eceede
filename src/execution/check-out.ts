import { explain, NightshiftError } from "../domain/errors.ts";
import type { Mirror } from "../domain/forge.ts";
import type { CommandResult, Sandbox } from "../domain/sandbox.ts";
import { networkOf } from "./network-of.ts";
import { lastLines } from "./set-up.ts";
import type { WorkflowContext } from "./workflow.ts";

export interface Checkout {
  readonly mirror: Mirror;
  /** The commit to check out: in the mirror, or in `bundle`. */
  readonly sha: string;
  readonly bundle?: Buffer;
  readonly purpose: "work" | "verify";
}

/**
 * A new sandbox with the repository checked out at one commit, on a branch `change`.
 * The objects stay in the read-only mirror, so that a checkout copies no history.
 * @throws NightshiftError `sandbox_failed` when git says no.
 */
export async function checkOut(context: WorkflowContext, checkout: Checkout): Promise<Sandbox> {
  const { factory, run, signal, tell, lease } = context;
  const { sandbox: limits } = factory.settings;
  const started = factory.clock();
  const sandbox = await factory.sandboxes.create(
    {
      runId: run.id,
      lease: lease.lease,
      purpose: checkout.purpose,
      mirror: checkout.mirror.path,
      network: await networkOf(factory, checkout.mirror),
      limits: {
        memoryMb: limits.memory_mb,
        cpus: limits.cpus,
        processes: limits.processes,
        diskMb: limits.disk_mb,
        openFiles: limits.open_files,
      },
      onRefusal: ({ command = null, ...refusal }) => {
        // Nobody waits for it; a run whose events cannot be written finds out by its own next one.
        void tell({ type: "egress_refused", ...refusal, command }).catch(() => undefined);
      },
    },
    { signal },
  );
  try {
    const bundle = `${sandbox.scratch}/head.bundle`;
    if (checkout.bundle !== undefined) await sandbox.writeFile(bundle, checkout.bundle);
    await git(
      sandbox,
      `git clone --quiet --shared --no-checkout -- "$MIRROR" . &&
       { [ ! -e "$BUNDLE" ] || git fetch --quiet "$BUNDLE" refs/heads/change; } &&
       git checkout --quiet --force -B change "$SHA"`,
      { MIRROR: sandbox.mirror, BUNDLE: bundle, SHA: checkout.sha },
      signal,
    );
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
  await tell({
    type: "sandbox_started",
    id: sandbox.id,
    provider: sandbox.provider,
    purpose: checkout.purpose,
    durationMs: factory.clock() - started,
  });
  return sandbox;
}

/** Runs git in the sandbox. @throws NightshiftError `sandbox_failed` with what git said. */
export async function git(
  sandbox: Sandbox,
  line: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const result = await sandbox.run({ line, env, timeoutMs: 300_000 }, { signal });
  if (result.exitCode === 0) return result;
  throw new NightshiftError(
    "sandbox_failed",
    `git failed in the sandbox (exit code ${result.exitCode}): ${lastLines(result.output, 5)}`,
  );
}

/** Removes the sandbox, whatever has become of it, and tells when it could not. */
export async function removeSandbox(sandbox: Sandbox, { tell }: Pick<WorkflowContext, "tell">): Promise<void> {
  try {
    await sandbox[Symbol.asyncDispose]();
    await tell({ type: "sandbox_removed", id: sandbox.id });
  } catch (error) {
    // The sweep finds it later; the work that was done in it is not lost for this.
    await tell({ type: "warned", message: `Sandbox ${sandbox.id} could not be removed: ${explain(error)}` });
  }
}
